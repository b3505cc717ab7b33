// How attempts end, and what follows: a result that the state takes, another attempt, or the end of the run.

#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/failures.hpp"

namespace ropewalk::workflow {

deadlines drafting::deadlines_for(const phase& p, const work& w, const deadlines* before) const {
  const auto from_now = [this](const std::optional<std::int64_t>& us) {
    return us ? std::optional(instant{now_.us + *us}) : std::nullopt;
  };
  deadlines due;
  due.total = before ? before->total : from_now(w.limits.total_us);
  if (is_outside(w.kind)) due.attempt = from_now(w.limits.attempt_us);
  if (is_worker(w.kind)) {
    due.start = from_now(w.limits.start_us);
    due.heartbeat = from_now(w.limits.heartbeat_us);
  }
  if (w.kind == phase_kind::sleep) due.timer = p.for_us ? from_now(p.for_us) : before ? before->timer : std::nullopt;
  if (w.kind == phase_kind::wait) due.timer = from_now(p.deadline_us);
  return due;
}

void drafting::accept(std::uint64_t number, const json_value& result, const std::string& by) {
  const run& r = s_.runs.at(number);
  if (r.compensates != 0) return emit(compensation_completed{number});
  if (const auto taken = can_take(s_, r, result); !taken)
    return fail_attempt(number, {taken.error().type, taken.error().detail},
                        r.gathers || taken.error().type == code::state_too_large); // elements are not worked on again
  emit(completed{number, result, by});
}

void drafting::fail_attempt(std::uint64_t number, run_error why, bool final) {
  if (s_.runs.at(number).gathers) cancel_inside(number);
  const run& r = s_.runs.at(number);
  if (!r.child.empty()) send(cancel_child{r.child, {{who_.id, number}, false, why.code}});
  if (const auto pause = final ? std::nullopt : pause_after(policies_of(s_, r), r.attempt, why.code)) {
    const instant next{now_.us + *pause};
    const auto total = total_due(s_, r);
    if (!total || next < *total) return emit(attempt_failed{number, r.attempt, std::move(why), next});
  }
  if (r.compensates != 0) emit(compensation_failed{number, std::move(why)});
  else emit(failed{number, std::move(why)});
}

void drafting::next_attempt(std::uint64_t number) {
  const run& r = s_.runs.at(number);
  const deadlines due = deadlines_for(phase_of(s_, r), work_of(s_, r), &r.due);
  if (r.compensates != 0) emit(compensation_scheduled{number, r.compensates, r.phase, r.attempt + 1, due, r.index});
  else emit(scheduled{number, r.line, r.phase, r.attempt + 1, due, r.index, {}});
  begin_attempt(number);
}

void drafting::call_off(std::uint64_t number) {
  const run& r = s_.runs.at(number);
  const work& w = work_of(s_, r);
  if (is_worker(w.kind) && r.status == run_status::scheduled)
    send(cancel_dispatch{w.kind, number, r.attempt, w.target});
}

void drafting::cancel_run(std::uint64_t number) {
  call_off(number);
  const run& r = s_.runs.at(number);
  if (!r.child.empty()) send(cancel_child{r.child, {{who_.id, number}, false, "its parent no longer waits for it"}});
  emit(cancelled{number});
}

void drafting::cancel_inside(std::uint64_t number) {
  for (const std::uint64_t inside : open_runs_inside(s_, number)) cancel_run(inside);
}

} // namespace ropewalk::workflow
