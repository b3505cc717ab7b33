#pragma once
// Reads of the views, off the actors' threads: a small pool of threads, each with its own connection, and
// jobs that wait, without a thread, until the views have seen what they must have seen.
//
//   readers.post(position, deadline, [=](result<view_reader*> views) {
//     if (!views) return caller->refuse(views.error());
//     auto page = (*views)->threads().page(...);
//   });

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "runtime/result.hpp"
#include "storage/view_applier.hpp"
#include "storage/view_reader.hpp"

namespace ropewalk::storage {

class view_readers {
public:
  using clock = std::chrono::steady_clock;
  using job = std::function<void(result<view_reader*>)>;
  static constexpr std::size_t max_waiting = 65'536; // more than a node admits requests; beyond it busy (I10)

  explicit view_readers(view_applier& views, unsigned threads = 3);
  ~view_readers(); // stop()
  view_readers(const view_readers&) = delete;
  view_readers& operator=(const view_readers&) = delete;

  // The job runs exactly once: on a reader's thread with a reader whose file has applied min_position, or
  // with an error: unavailable "views_behind" (the views did not come so far by the deadline), busy "too_many_reads" (its
  // turn among the readers' jobs came after it), unavailable (stopped, file cannot be read, or at once if
  // the views cannot follow the journal: "disk_full" or "views_behind" with the reason). false: it
  // was refused and has run here already, with busy or unavailable. Each job is one read transaction: all
  // its queries see the same state. What it reads beyond the deadline (5 s at least) ends with unavailable "interrupted".
  bool post(std::uint64_t min_position, clock::time_point deadline, job work);
  bool post(std::uint64_t min_position, job work) {
    return post(min_position, clock::now() + std::chrono::seconds(5), std::move(work));
  }
  // The same for what may take long: never on all threads at once, so that loads and short reads do not wait for it.
  bool post_lengthy(std::uint64_t min_position, clock::time_point deadline, job work);
  bool post_lengthy(std::uint64_t min_position, job work) {
    return post_lengthy(min_position, clock::now() + std::chrono::seconds(5), std::move(work));
  }
  // For searches, which are lengthy: waits as well until full text has followed up to min_position, but only for a second. Then
  // the search is served with what is indexed; view_progress::index_lag says how much is missing.
  // Refused at once, as above, while full text cannot follow up to there.
  bool post_search(std::uint64_t min_position, clock::time_point deadline, job work);
  bool post_search(std::uint64_t min_position, job work) {
    return post_search(min_position, clock::now() + std::chrono::seconds(5), std::move(work));
  }
  // Answers what still waits with unavailable, then ends the threads.
  void stop();

  view_applier& applier() noexcept { return views_; }

private:
  struct impl;
  view_applier& views_;
  std::unique_ptr<impl> impl_;
};

} // namespace ropewalk::storage
