#pragma once
// Threads a user may have (active and suspended). The count comes from the views; creations that are under
// way are counted here, so that many at once cannot pass together.
//
// A creation that is committed may be counted twice for a moment, by the views and by its slip, and one that is
// under way may still fail. So whoever seems to be over the limit beside others is not refused but waits. Each time
// one of the others is done, the first of those that wait is judged again; a refusal lets the next one be judged.
// One is judged at a time, so that n creations cost a number of counts that grows with n.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "runtime/result.hpp"

namespace ropewalk::actors {

class thread_quota {
public:
  using clock = std::chrono::steady_clock;
  // How long one waits for others. Longer than a commit and its views ever take.
  static constexpr std::chrono::seconds patience{30};

  // Counts a user's threads once the views have reached what was durable at the call. Answers once, on any thread.
  using counter =
      std::function<void(const std::string& org, const std::string& user, std::function<void(result<std::uint64_t>)>)>;

  thread_quota(std::uint64_t per_user, counter count) : per_user_(per_user), count_(std::move(count)) {}

  // done(ok) reserves one place until the returned slip is dropped; drop it when the creation is in the
  // views' future: after its commit. Any thread. Refusals: limit "user_thread_limit", busy "user_busy" (it waited for
  // others too long), or why the threads could not be counted.
  class slip {
  public:
    slip(thread_quota& quota, std::pair<std::string, std::string> who) : quota_(quota), who_(std::move(who)) {}
    ~slip() { quota_.release(who_); }
    slip(const slip&) = delete;
    slip& operator=(const slip&) = delete;

  private:
    thread_quota& quota_;
    std::pair<std::string, std::string> who_;
  };
  using answer = std::function<void(result<std::shared_ptr<slip>>)>;
  void reserve(const std::string& org, const std::string& user, answer done);

  // Refuses those that have waited for longer than `patience`. Call often: it looks once a second.
  void refuse_overdue(clock::time_point now);

private:
  using user_key = std::pair<std::string, std::string>;
  struct asked {
    user_key who;
    std::uint64_t number; // in the order of asking
    clock::time_point until;
    answer done;
  };
  // Of one user; kept while anything is in it. What waits is bounded by the node's admission of requests.
  struct line {
    std::uint64_t under_way = 0;            // have a slip, or are being judged
    std::uint64_t done = 0;                 // that were under way
    std::map<std::uint64_t, asked> waiting; // by number; not empty only while others are under way
    bool first_is_judged = false;           // the first of those that waited
  };
  struct judgement {
    asked a;
    bool waited = false;
    std::uint64_t with_us = 0;            // that are under way, itself counted
    std::uint64_t done_before = 0;        // line::done when it began
    bool next = false;                    // the first in line is to be judged now
    std::atomic<bool> left_behind{false}; // set by the first of: the count is there; its asker does not wait for it
  };
  void begin(judgement& j, line& l) const; // with the mutex
  // true: it is over, on this thread, and the first in line is to be judged now.
  bool judge(std::shared_ptr<judgement> j);
  bool settle(judgement& j, const result<std::uint64_t>& stored);
  void judge_first(const user_key& who);
  void release(const user_key& who);
  void erase_if_empty(const user_key& who); // with the mutex

  const std::uint64_t per_user_; // 0 = unlimited
  const counter count_;
  std::mutex mutex_;
  std::uint64_t numbers_ = 0;
  std::map<user_key, line> lines_;
  clock::time_point next_look_{}; // for those who have waited too long
};

} // namespace ropewalk::actors
