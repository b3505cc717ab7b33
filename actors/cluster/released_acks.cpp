#include "actors/cluster/released_acks.hpp"

#include <pthread.h>

#include <utility>

namespace ropewalk::actors {

released_acks::released_acks()
    : thread_([this] {
        ::pthread_setname_np(::pthread_self(), "acks");
        run();
      }) {}

released_acks::~released_acks() { stop(); }

void released_acks::stop() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void released_acks::push(released_ack a) {
  if (!a.listener) return;
  bool wake = false, ended = false;
  {
    const std::scoped_lock lock{mutex_};
    ended = ended_;
    if (!ended) {
      waiting_.push_back(std::move(a));
      wake = std::exchange(asleep_, false);
    }
  }
  if (ended) tell(a);
  else if (wake) changed_.notify_one();
}

void released_acks::run() {
  std::vector<released_ack> ready;
  std::unique_lock lock{mutex_};
  while (true) {
    asleep_ = true;
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    asleep_ = false;
    if (waiting_.empty()) {
      ended_ = true;
      return;
    }
    ready.swap(waiting_);
    lock.unlock();
    for (released_ack& a : ready) tell(a);
    ready.clear();
    lock.lock();
  }
}

void released_acks::tell(released_ack& a) {
  if (a.failed) a.listener->on_failed(*a.failed);
  else a.listener->on_durable(a.entries, a.proof);
}

} // namespace ropewalk::actors
