#include "runtime/schedule/drafting.hpp"

#include <algorithm>

#include "runtime/schedule/limits.hpp"

namespace ropewalk::schedule {
namespace {

constexpr std::string_view stop_reason = "the schedule's next start is due";

} // namespace

void drafting::emit(event e) {
  apply(s_, e, at_);
  made_.events.push_back(std::move(e));
}

bool drafting::work_off() {
  const schedule_spec& spec = *s_.spec;
  std::size_t decided = 0;
  bool counted = false;
  while (!s_.paused && !(spec.max_runs && runs_taken(s_) >= *spec.max_runs)) {
    const auto next = next_after(spec.times, s_.through, *zone_);
    if (!next) return true;
    const instant due = due_at(spec, who_.id, *next, *zone_);
    if (due > at_) return true;
    if (decided++ == limits::schedule_starts_a_wake) return false;
    if (at_.us - due.us <= spec.catch_up_us) {
      take(*next, start_cause::time, spec.policy);
      continue;
    }
    if (counted) return false;
    // Jitter aside, whatever came before this was missed as well; counted in one event.
    const instant certain{at_.us - spec.catch_up_us - spec.jitter_us - 1};
    const auto missed =
        count_between(spec.times, s_.through, std::max(*next, certain), *zone_, limits::schedule_missed_a_wake);
    emit(skipped{*next, skip_reason::missed, start_cause::time, missed.last, missed.times});
    counted = missed.times == limits::schedule_missed_a_wake;
  }
  return true;
}

drafting::taken drafting::take(instant scheduled_at, start_cause cause, overlap policy) {
  const bool present = find_running(s_, instance_id(*s_.spec, who_.id, scheduled_at)) ||
                       std::any_of(s_.waiting.begin(), s_.waiting.end(),
                                   [&](const waiting_start& w) { return w.scheduled_at == scheduled_at; });
  if (present) {
    if (cause == start_cause::time) skip(scheduled_at, cause, skip_reason::overlap);
    return taken::present;
  }
  const auto leave_out = [&](skip_reason reason) {
    skip(scheduled_at, cause, reason);
    return taken::skipped;
  };
  if (s_.running.empty() || policy == overlap::allow_all) {
    if (s_.running.size() >= limits::schedule_running) return leave_out(skip_reason::running_limit);
    fire(scheduled_at, cause);
    return taken::fired;
  }
  switch (policy) {
  case overlap::buffer_one:
    if (!s_.waiting.empty()) return leave_out(skip_reason::overlap);
    break;
  case overlap::buffer_all:
    if (s_.waiting.size() >= limits::schedule_buffer) return leave_out(skip_reason::buffer_full);
    break;
  case overlap::cancel_other:
  case overlap::terminate_other:
    while (!s_.waiting.empty()) skip(s_.waiting.front().scheduled_at, s_.waiting.front().cause, skip_reason::replaced);
    break;
  default: return leave_out(skip_reason::overlap);
  }
  wait(scheduled_at, cause, policy);
  return taken::buffered;
}

void drafting::fire(instant scheduled_at, start_cause cause) {
  std::string id = instance_id(*s_.spec, who_.id, scheduled_at);
  made_.effects.emplace_back(start_workflow{id, start_at(*s_.spec, who_.id, scheduled_at)});
  emit(fired{scheduled_at, std::move(id), cause});
}

void drafting::wait(instant scheduled_at, start_cause cause, overlap policy) {
  const std::vector<running_start> before = s_.running;
  emit(buffered{scheduled_at, policy, cause});
  for (std::size_t i = 0; i < before.size(); ++i)
    if (s_.running[i].told != before[i].told) tell(s_.running[i], s_.running[i].told);
}

void drafting::skip(instant scheduled_at, start_cause cause, skip_reason reason) {
  emit(skipped{scheduled_at, reason, cause, scheduled_at, 1});
}

void drafting::tell(const running_start& r, stop what) {
  if (what == stop::cancel) made_.effects.emplace_back(cancel_workflow{r.workflow, std::string(stop_reason)});
  if (what == stop::terminate) made_.effects.emplace_back(terminate_workflow{r.workflow, std::string(stop_reason)});
}

void drafting::drain() {
  while (s_.spec && s_.running.empty()) {
    // While it is paused only what somebody asked for goes on.
    const auto first = std::find_if(s_.waiting.begin(), s_.waiting.end(),
                                    [&](const waiting_start& w) { return !s_.paused || w.cause != start_cause::time; });
    if (first == s_.waiting.end()) return;
    fire(first->scheduled_at, first->cause);
  }
}

void drafting::send_again() {
  for (const running_start& r : s_.running) {
    if (r.unconfirmed)
      made_.effects.emplace_back(start_workflow{r.workflow, start_at(*r.unconfirmed, who_.id, r.scheduled_at)});
    else made_.effects.emplace_back(watch_workflow{r.workflow});
    tell(r, r.told);
  }
}

} // namespace ropewalk::schedule
