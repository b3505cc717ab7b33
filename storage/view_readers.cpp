#include "storage/view_readers.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
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

constexpr auto least_time = std::chrono::seconds(5); // for a job whose turn came late

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
  impl(view_applier& v, std::size_t count) : views(v), lengthy_at_once(std::max<std::size_t>(1, count - 1)) {}

  struct waiting {
    std::uint64_t min_position = 0;
    clock::time_point deadline;
    job work;
    std::uint64_t index_position = 0; // 0 = full text does not matter
    clock::time_point patience{};     // until when it is waited for
    std::optional<error> refusal{};   // instead of a reader
    bool lengthy = false;
    std::uint64_t turn = 0; // once it is ready
  };

  view_applier& views;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<waiting> ready, ready_lengthy;
  std::uint64_t turns = 0;
  const std::size_t lengthy_at_once;
  std::size_t lengthy_at_work = 0;
  std::multimap<std::uint64_t, waiting> parked;               // by the position they wait for
  std::multimap<std::uint64_t, waiting> searches;             // the same, by the position of full text
  clock::time_point next_deadline = clock::time_point::max(); // not later than the earliest of the parked
  std::uint64_t told_generation = 0;                          // of the file: who sleeps has been woken for it
  bool stop = false;
  std::atomic<bool> ended{false}; // the same, for what is being read
  std::vector<std::thread> threads;

  void run();
  void serve(std::unique_ptr<view_reader>& reader, std::uint64_t& generation, waiting w);
  // Opens the file if it is another one, and begins to read: its applied position.
  result<std::uint64_t> begin(std::unique_ptr<view_reader>& reader, std::uint64_t& generation, std::uint64_t current,
                              clock::time_point until);
  void try_again(waiting w);
  bool accept(waiting w);                                   // false: refused and told so
  void place(waiting w);                                    // with the mutex: ready, or where it waits
  void enqueue(waiting w);                                  // with the mutex
  std::deque<waiting>* next();                              // with the mutex; null: nothing that may be begun now
  void park(waiting w);                                     // with the mutex
  void unpark();                                            // with the mutex
  std::vector<waiting> take_expired(clock::time_point now); // with the mutex
  std::uint64_t required(const waiting& w) const { return std::max(w.min_position, views.floor_position()); }
};

view_readers::view_readers(view_applier& views, unsigned threads)
    : views_(views), impl_(std::make_unique<impl>(views, std::max(1u, threads))) {
  views.on_applied([i = impl_.get()] {
    std::lock_guard lock(i->mutex);
    i->unpark();
    // A file that is gone keeps its room on the disk until the last reader has let go of it.
    if (std::exchange(i->told_generation, i->views.generation()) != i->views.generation()) i->changed.notify_all();
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

bool view_readers::post_lengthy(std::uint64_t min_position, clock::time_point deadline, job work) {
  impl::waiting w{min_position, deadline, std::move(work)};
  w.lengthy = true;
  return impl_->accept(std::move(w));
}

bool view_readers::post_search(std::uint64_t min_position, clock::time_point deadline, job work) {
  impl::waiting w{min_position, deadline, std::move(work)};
  w.index_position = min_position;
  w.patience = clock::now() + std::chrono::seconds(1);
  w.lengthy = true;
  return impl_->accept(std::move(w));
}

bool view_readers::impl::accept(waiting w) {
  error refusal;
  {
    std::lock_guard lock(mutex);
    if (stop) {
      refusal = stopped();
    } else if (ready.size() + ready_lengthy.size() + parked.size() + searches.size() >= max_waiting) {
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
      return enqueue(std::move(w));
    }
    if (w.patience < next_deadline) {
      next_deadline = w.patience;
      changed.notify_one();
    }
    const std::uint64_t position = w.index_position;
    searches.emplace(position, std::move(w));
    return views.want_index(position);
  }
  enqueue(std::move(w));
}

void view_readers::impl::enqueue(waiting w) {
  w.turn = ++turns;
  (w.lengthy ? ready_lengthy : ready).push_back(std::move(w));
  changed.notify_one();
}

// In the order in which they became ready; but one thread is always left for what is brief.
std::deque<view_readers::impl::waiting>* view_readers::impl::next() {
  if (ready_lengthy.empty() || lengthy_at_work >= lengthy_at_once) return ready.empty() ? nullptr : &ready;
  return ready.empty() || ready_lengthy.front().turn < ready.front().turn ? &ready_lengthy : &ready;
}

void view_readers::stop() {
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->stop) return;
    impl_->stop = true;
    impl_->ended = true;
  }
  views_.on_applied(nullptr);
  impl_->changed.notify_all();
  for (std::thread& t : impl_->threads) t.join();
  // Nobody else touches the queues any more: post() refuses, the applier is not heard.
  for (auto* queue : {&impl_->ready, &impl_->ready_lengthy})
    for (auto& w : *queue) w.work(stopped());
  for (auto& [position, w] : impl_->parked) w.work(stopped());
  for (auto& [position, w] : impl_->searches) w.work(stopped());
  impl_->ready.clear();
  impl_->ready_lengthy.clear();
  impl_->parked.clear();
  impl_->searches.clear();
}

void view_readers::impl::park(waiting w) {
  if (const auto why = views.failing()) {
    w.refusal = failing(*why);
    return enqueue(std::move(w));
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
      enqueue(std::move(at->second));
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
    if (reader && generation != views.generation()) {
      lock.unlock();
      reader.reset();
      lock.lock();
      continue;
    }
    if (auto expired = take_expired(clock::now()); !expired.empty()) {
      lock.unlock();
      for (auto& w : expired) w.work(behind());
      lock.lock();
      continue;
    }
    if (std::deque<waiting>* queue = next()) {
      waiting w = std::move(queue->front());
      queue->pop_front();
      const bool lengthy = w.lengthy;
      if (lengthy) ++lengthy_at_work;
      lock.unlock();
      serve(reader, generation, std::move(w));
      lock.lock();
      if (lengthy) --lengthy_at_work;
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
  const auto seen = begin(reader, generation, current, std::max(w.deadline, clock::now() + least_time));
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
    if (!reader->end()) reader.reset();
    return;
  }
  if (!reader->end()) reader.reset();
  try_again(std::move(w));
}

result<std::uint64_t> view_readers::impl::begin(std::unique_ptr<view_reader>& reader, std::uint64_t& generation,
                                                std::uint64_t current, clock::time_point until) {
  if (!reader || generation != current) {
    reader.reset();
    auto opened = view_reader::open(views.file());
    if (!opened) return opened.error();
    reader = *std::move(opened);
    generation = current;
  }
  if (auto begun = reader->begin(until, &ended); !begun) return begun.error();
  return reader->applied_position();
}

void view_readers::impl::try_again(waiting w) {
  if (w.deadline <= clock::now()) return w.work(behind());
  std::lock_guard lock(mutex);
  if (stop) enqueue(std::move(w)); // to be told so
  else place(std::move(w));
}

} // namespace ropewalk::storage
