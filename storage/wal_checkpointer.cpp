#include "storage/wal_checkpointer.hpp"

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <sqlite3.h>

#include "storage/sqlite.hpp"

namespace ropewalk::storage {

struct wal_checkpointer::impl {
  sqlite::connection db;
  std::function<void(const error&)> on_failure;
  std::atomic<bool> touched{false};
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::thread thread;

  void run() {
    std::unique_lock lock{mutex};
    while (true) {
      changed.wait(lock, [this] { return stopping || touched.load(std::memory_order_acquire); });
      if (changed.wait_for(lock, interval, [this] { return stopping; })) return;
      touched.store(false, std::memory_order_release);
      lock.unlock();
      const bool go_on = work();
      lock.lock();
      if (!go_on) return;
    }
  }

  bool work() {
    const int code = sqlite3_wal_checkpoint_v2(db.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return true;
    const error why = sqlite::translate(db.handle(), code, "checkpoint");
    if (why.type == "disk_full") return true;
    on_failure(why);
    return false;
  }
};

result<std::unique_ptr<wal_checkpointer>> wal_checkpointer::start(const std::filesystem::path& file,
                                                                  const std::string& vfs,
                                                                  std::function<void(const error&)> on_failure) {
  auto db = sqlite::connection::open(file, {.create = false, .vfs = vfs});
  if (!db) return db.error();
  // The connection's own settings decide how a checkpoint syncs.
  if (auto set = db->execute("PRAGMA synchronous = FULL"); !set) return set.error();
  if (auto known = db->integer("PRAGMA schema_version"); !known) return known.error(); // opens the log
  auto i = std::make_unique<impl>();
  i->db = std::move(*db);
  i->on_failure = std::move(on_failure);
  i->thread = std::thread([self = i.get()] {
    ::pthread_setname_np(::pthread_self(), "checkpointer");
    self->run();
  });
  return std::unique_ptr<wal_checkpointer>(new wal_checkpointer(std::move(i)));
}

wal_checkpointer::wal_checkpointer(std::unique_ptr<impl> i) : impl_(std::move(i)) {}

wal_checkpointer::~wal_checkpointer() {
  {
    const std::scoped_lock lock{impl_->mutex};
    impl_->stopping = true;
  }
  impl_->changed.notify_one();
  impl_->thread.join();
}

void wal_checkpointer::touch() noexcept {
  if (impl_->touched.load(std::memory_order_acquire)) return;
  {
    // Under the lock, so that the thread is either asleep and hears it or looks at the flag after us.
    const std::scoped_lock lock{impl_->mutex};
    impl_->touched.store(true, std::memory_order_release);
  }
  impl_->changed.notify_one();
}

} // namespace ropewalk::storage
