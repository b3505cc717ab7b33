#include "actors/thread_quota.hpp"

#include <vector>

namespace ropewalk::actors {

void thread_quota::reserve(const std::string& org, const std::string& user, answer done) {
  if (per_user_ == 0) return done(std::shared_ptr<slip>{});
  auto j = std::make_shared<judgement>();
  j->a = asked{{org, user}, 0, clock::now() + patience, std::move(done)};
  {
    const std::scoped_lock lock(mutex_);
    line& l = lines_[j->a.who];
    j->a.number = ++numbers_;
    if (l.first_is_judged || !l.waiting.empty()) {
      l.waiting.emplace(j->a.number, std::move(j->a));
      return;
    }
    begin(*j, l);
  }
  const user_key who = j->a.who;
  if (judge(std::move(j))) judge_first(who);
}

// Counted before the views are read: of two that race, at least the later one sees the other.
void thread_quota::begin(judgement& j, line& l) const {
  j.with_us = ++l.under_way;
  j.done_before = l.done;
}

bool thread_quota::judge(std::shared_ptr<judgement> j) {
  const user_key who = j->a.who;
  count_(who.first, who.second, [this, j, who](const result<std::uint64_t>& stored) {
    j->next = settle(*j, stored);
    if (j->left_behind.exchange(true) && j->next) judge_first(who);
  });
  return j->left_behind.exchange(true) && j->next;
}

bool thread_quota::settle(judgement& j, const result<std::uint64_t>& stored) {
  const user_key who = j.a.who;
  const bool granted = stored && *stored + j.with_us <= per_user_;
  const bool waits = !granted && stored && j.with_us > 1 && *stored < per_user_;
  answer done;
  {
    const std::scoped_lock lock(mutex_);
    line& l = lines_[who];
    if (!granted) --l.under_way;
    if (waits) {
      l.waiting.emplace(j.a.number, std::move(j.a));
      if (j.waited) l.first_is_judged = false;
      return l.under_way == 0 || l.done != j.done_before;
    }
    if (!granted) ++l.done;
    done = std::move(j.a.done);
  }
  // The line counts as judged meanwhile: what is done in here does not call itself deeper and deeper.
  if (granted) done(std::make_shared<slip>(*this, who));
  else if (!stored) done(stored.error());
  else
    done(error{errc::limit, "user_thread_limit",
               "user \"" + who.second + "\" has " + std::to_string(*stored) + " of " + std::to_string(per_user_) +
                   " threads; delete or close some",
               "user"});
  const std::scoped_lock lock(mutex_);
  line& l = lines_[who];
  if (j.waited) l.first_is_judged = false;
  const bool next = l.done != j.done_before && !l.waiting.empty();
  erase_if_empty(who);
  return next;
}

void thread_quota::judge_first(const user_key& who) {
  std::shared_ptr<judgement> j;
  do {
    const std::scoped_lock lock(mutex_);
    const auto at = lines_.find(who);
    if (at == lines_.end() || at->second.first_is_judged) return;
    line& l = at->second;
    if (l.waiting.empty()) return erase_if_empty(who);
    j = std::make_shared<judgement>();
    j->a = std::move(l.waiting.extract(l.waiting.begin()).mapped());
    j->waited = true;
    l.first_is_judged = true;
    begin(*j, l);
  } while (judge(std::move(j)));
}

void thread_quota::release(const user_key& who) {
  {
    const std::scoped_lock lock(mutex_);
    line& l = lines_[who];
    --l.under_way;
    ++l.done;
  }
  judge_first(who);
}

void thread_quota::refuse_overdue(clock::time_point now) {
  std::vector<asked> overdue;
  {
    const std::scoped_lock lock(mutex_);
    if (now < next_look_) return;
    next_look_ = now + std::chrono::seconds(1);
    for (auto& [who, l] : lines_)
      while (!l.waiting.empty() && l.waiting.begin()->second.until <= now)
        overdue.push_back(std::move(l.waiting.extract(l.waiting.begin()).mapped()));
  }
  for (const asked& a : overdue)
    a.done(error{errc::busy, "user_busy",
                 "other threads of user \"" + a.who.second + "\" are being made and take too long; try again", "user"});
}

void thread_quota::erase_if_empty(const user_key& who) {
  const auto at = lines_.find(who);
  if (at != lines_.end() && at->second.under_way == 0 && at->second.waiting.empty() && !at->second.first_is_judged)
    lines_.erase(at);
}

} // namespace ropewalk::actors
