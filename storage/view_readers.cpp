#include "storage/view_readers.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace ropewalk::storage {
namespace {

error stopped() { return {errc::unavailable, "stopping", "the node is going down", {}}; }
error behind() {
  return {errc::unavailable, "views_behind", "the views have not seen the newest entries in time; try again", {}};
}
error overdue() {
  return {errc::busy, "too_many_reads", "other reads took so long that the time for this one is over; try again", {}};
}
error failing(const error& why) {
  return {errc::unavailable,
          why.type == "disk_full" ? why.type : "views_behind",
          "the views cannot follow the journal: " + why.detail,
          {}};
}

} // namespace

struct view_readers::impl {
  explicit impl(view_applier& v) : views(v) {}

  struct waiting {
    std::uint64_t min_position = 0;
    clock::time_point deadline;
    job work;
    std::uint64_t index_position = 0; // 0 = full text does not matter
    clock::time_point patience{};     // until when it is waited for
    std::optional<error> refusal{};   // instead of a reader
  };

  view_applier& views;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<waiting> ready;
  std::multimap<std::uint64_t, waiting> parked;               // by the position they wait for
  std::multimap<std::uint64_t, waiting> searches;             // the same, by the position of full text
  clock::time_point next_deadline = clock::time_point::max(); // not later than the earliest of the parked
  bool stop = false;
  std::vector<std::thread> threads;

  void run();
  void serve(std::unique_ptr<view_reader>& reader, std::uint64_t& generation, waiting w);
  // Opens the file if it is another one, and begins to read: its applied position.
  result<std::uint64_t> begin(std::unique_ptr<view_reader>& reader, std::uint64_t& generation, std::uint64_t current);
  void try_again(waiting w);
  bool accept(waiting w);                                   // false: refused and told so
  void place(waiting w);                                    // with the mutex: ready, or where it waits
  void park(waiting w);                                     // with the mutex
  void unpark();                                            // with the mutex
  std::vector<waiting> take_expired(clock::time_point now); // with the mutex
  std::uint64_t required(const waiting& w) const { return std::max(w.min_position, views.floor_position()); }
};

view_readers::view_readers(view_applier& views, unsigned threads)
    : views_(views), impl_(std::make_unique<impl>(views)) {
  views.on_applied([i = impl_.get()] {
    std::lock_guard lock(i->mutex);
    i->unpark();
  });
  for (unsigned n = 0; n < std::max(1u, threads); ++n)
    impl_->threads.emplace_back([this] {
      ::pthread_setname_np(::pthread_self(), "view-reader");
      impl_->run();
    });
}

view_readers::~view_readers() { stop(); }

bool view_readers::post(std::uint64_t min_position, clock::time_point deadline, job work) {
  return impl_->accept({min_position, deadline, std::move(work)});
}

bool view_readers::post_search(std::uint64_t min_position, clock::time_point deadline, job work) {
  return impl_->accept(
      {min_position, deadline, std::move(work), min_position, clock::now() + std::chrono::seconds(1), {}});
}

bool view_readers::impl::accept(waiting w) {
  error refusal;
  {
    std::lock_guard lock(mutex);
    if (stop) {
      refusal = stopped();
    } else if (ready.size() + parked.size() + searches.size() >= max_waiting) {
      refusal = {errc::busy, "too_many_reads", "too many reads wait already; try again", {}};
    } else {
      place(std::move(w));
      return true;
    }
  }
  w.work(refusal);
  return false;
}

void view_readers::impl::place(waiting w) {
  if (views.applied_position() < required(w)) return park(std::move(w));
  if (w.index_position > views.indexed_position() && w.patience > clock::now()) {
    if (const auto why = views.index_failing()) {
      views.want_index(w.index_position);
      w.refusal = failing(*why);
      ready.push_back(std::move(w));
      return changed.notify_one();
    }
    if (w.patience < next_deadline) {
      next_deadline = w.patience;
      changed.notify_one();
    }
    const std::uint64_t position = w.index_position;
    searches.emplace(position, std::move(w));
    return views.want_index(position);
  }
  ready.push_back(std::move(w));
  changed.notify_one();
}

void view_readers::stop() {
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->stop) return;
    impl_->stop = true;
  }
  views_.on_applied(nullptr);
  impl_->changed.notify_all();
  for (std::thread& t : impl_->threads) t.join();
  // Nobody else touches the queues any more: post() refuses, the applier is not heard.
  for (auto& w : impl_->ready) w.work(stopped());
  for (auto& [position, w] : impl_->parked) w.work(stopped());
  for (auto& [position, w] : impl_->searches) w.work(stopped());
  impl_->ready.clear();
  impl_->parked.clear();
  impl_->searches.clear();
}

void view_readers::impl::park(waiting w) {
  if (const auto why = views.failing()) {
    w.refusal = failing(*why);
    ready.push_back(std::move(w));
    return changed.notify_one();
  }
  const std::uint64_t position = required(w);
  if (w.deadline < next_deadline) {
    next_deadline = w.deadline;
    changed.notify_one(); // somebody has to sleep shorter
  }
  parked.emplace(position, std::move(w));
  views.want(position);
}

void view_readers::impl::unpark() {
  const auto move_out = [](std::multimap<std::uint64_t, waiting>& from, std::uint64_t upto) {
    std::vector<waiting> out;
    const auto end = from.upper_bound(upto);
    for (auto at = from.begin(); at != end; at = from.erase(at)) out.push_back(std::move(at->second));
    return out;
  };
  const std::uint64_t upto = views.failing() ? std::numeric_limits<std::uint64_t>::max() : views.applied_position();
  for (auto& w : move_out(parked, upto)) place(std::move(w));
  const std::uint64_t indexed =
      views.index_failing() ? std::numeric_limits<std::uint64_t>::max() : views.indexed_position();
  for (auto& w : move_out(searches, indexed)) place(std::move(w));
}

std::vector<view_readers::impl::waiting> view_readers::impl::take_expired(clock::time_point now) {
  std::vector<waiting> expired;
  if (now < next_deadline) return expired;
  next_deadline = clock::time_point::max();
  for (auto at = parked.begin(); at != parked.end();) {
    if (at->second.deadline <= now) {
      expired.push_back(std::move(at->second));
      at = parked.erase(at);
    } else {
      next_deadline = std::min(next_deadline, at->second.deadline);
      ++at;
    }
  }
  for (auto at = searches.begin(); at != searches.end();) {
    if (at->second.patience <= now) {
      ready.push_back(std::move(at->second));
      at = searches.erase(at);
    } else {
      next_deadline = std::min(next_deadline, at->second.patience);
      ++at;
    }
  }
  return expired;
}

void view_readers::impl::run() {
  std::unique_ptr<view_reader> reader;
  std::uint64_t generation = 0;
  std::unique_lock lock(mutex);
  while (!stop) {
    if (auto expired = take_expired(clock::now()); !expired.empty()) {
      lock.unlock();
      for (auto& w : expired) w.work(behind());
      lock.lock();
      continue;
    }
    if (!ready.empty()) {
      waiting w = std::move(ready.front());
      ready.pop_front();
      lock.unlock();
      serve(reader, generation, std::move(w));
      lock.lock();
      continue;
    }
    if (next_deadline == clock::time_point::max()) changed.wait(lock);
    else changed.wait_until(lock, next_deadline);
  }
}

void view_readers::impl::serve(std::unique_ptr<view_reader>& reader, std::uint64_t& generation, waiting w) {
  if (w.refusal) return w.work(*w.refusal);
  if (w.deadline <= clock::now()) return w.work(overdue()); // nobody waits for it any more, and others do
  const std::uint64_t current = views.generation();
  const auto seen = begin(reader, generation, current);
  if (!seen) {
    reader.reset();
    // While a file is being replaced there may be none, or half of one: the new one will come.
    const bool replaced = views.floor_position() > 0 || views.generation() != current;
    if (replaced) return try_again(std::move(w));
    return w.work(error{errc::unavailable, "views_unreadable", seen.error().detail, {}});
  }
  // The file itself has the last word: a rebuild may have begun since the job was found ready.
  const std::uint64_t needed = required(w);
  if (*seen >= needed || views.reach_of(generation, *seen) >= needed) {
    w.work(reader.get());
    reader->end();
    return;
  }
  reader->end();
  try_again(std::move(w));
}

result<std::uint64_t> view_readers::impl::begin(std::unique_ptr<view_reader>& reader, std::uint64_t& generation,
                                                std::uint64_t current) {
  if (!reader || generation != current) {
    reader.reset();
    auto opened = view_reader::open(views.file());
    if (!opened) return opened.error();
    reader = *std::move(opened);
    generation = current;
  }
  if (auto begun = reader->begin(); !begun) return begun.error();
  return reader->applied_position();
}

void view_readers::impl::try_again(waiting w) {
  if (w.deadline <= clock::now()) return w.work(behind());
  std::lock_guard lock(mutex);
  if (stop) ready.push_back(std::move(w)); // to be told so
  else place(std::move(w));
}

} // namespace ropewalk::storage
