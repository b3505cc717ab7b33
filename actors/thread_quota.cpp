#include "actors/thread_quota.hpp"

namespace ropewalk::actors {

void thread_quota::reserve(const std::string& org, const std::string& user,
                           std::function<void(result<std::shared_ptr<slip>>)> done) {
  if (per_user_ == 0) return done(std::shared_ptr<slip>{});
  judge({{org, user}, std::move(done)});
}

void thread_quota::judge(asked a) {
  // Taken before the count is read: of two that race, at least the later one sees the other.
  std::uint64_t with_us;
  {
    std::lock_guard lock(mutex_);
    with_us = ++under_way_[a.who];
  }
  const user_key who = a.who;
  auto shared = std::make_shared<asked>(std::move(a));
  count_(who.first, who.second, [this, with_us, shared](result<std::uint64_t> stored) {
    const user_key& mine = shared->who;
    if (stored && *stored + with_us <= per_user_) return shared->done(std::make_shared<slip>(*this, mine));
    if (stored && with_us > 1 && *stored < per_user_) return park(std::move(*shared));
    release(mine);
    if (!stored) return shared->done(stored.error());
    shared->done(error{errc::limit, "user_thread_limit",
                       "user \"" + mine.second + "\" has " + std::to_string(*stored) + " of " +
                           std::to_string(per_user_) + " threads; delete or close some",
                       "user"});
  });
}

void thread_quota::park(asked a) {
  {
    std::lock_guard lock(mutex_);
    const auto at = under_way_.find(a.who);
    if (at != under_way_.end() && --at->second > 0) {
      parked_[a.who].push_back(std::move(a));
      return;
    }
    under_way_.erase(a.who);
  }
  judge(std::move(a)); // the others are done already
}

void thread_quota::release(const user_key& who) {
  std::vector<asked> again;
  {
    std::lock_guard lock(mutex_);
    const auto at = under_way_.find(who);
    if (at != under_way_.end() && --at->second == 0) under_way_.erase(at);
    if (const auto waiting = parked_.find(who); waiting != parked_.end()) {
      again = std::move(waiting->second);
      parked_.erase(waiting);
    }
  }
  for (asked& a : again) judge(std::move(a));
}

} // namespace ropewalk::actors
