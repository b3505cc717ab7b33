// What happens by itself: deadlines, next attempts, sleeps, the instance's own time limit; and what is sent
// again after a restart. Nothing fires before its moment; what has fired is no longer in the state, so that
// it cannot fire twice.

#include <algorithm>

#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/failures.hpp"

namespace ropewalk::workflow {
namespace {

const sign_of_life* sign_of(const liveness* alive, const run& r) { return alive ? alive->find(r) : nullptr; }

// A pause holds everything but what workers hold.
bool is_held(const instance& s, const run& r) {
  return s.status == instance_status::paused && (r.status == run_status::waiting || !is_outside(work_of(s, r).kind));
}

} // namespace

void drafting::give_up(std::uint64_t number, std::string_view code, const std::string& what, bool final) {
  call_off(number);
  fail_attempt(number, {std::string(code), what}, final);
}

bool drafting::fire(std::uint64_t number, const liveness* alive) {
  const run& r = s_.runs.at(number);
  if (!is_open(r.status) || is_held(s_, r)) return false;
  const auto due = [this](const std::optional<instant>& at) { return at && *at <= now_; };
  const work& w = work_of(s_, r);
  if (due(r.due.total))
    return give_up(number, code::total_timeout, "the time limit of the whole phase has passed", true), true;
  if (r.status == run_status::waiting) {
    if (!due(r.retry_at)) return false;
    next_attempt(number);
    return true;
  }
  if (due(r.due.timer)) {
    const bool sleeping = w.kind == phase_kind::sleep;
    emit(timer_fired{number, sleeping ? "sleep" : "deadline"});
    if (sleeping || phase_of(s_, r).on_deadline) accept(number, nullptr, sleeping ? "timer" : "deadline");
    else fail_attempt(number, {std::string(failure_code::deadline), "no signal \"" + w.target + "\" came in time"});
    return true;
  }
  if (!is_outside(w.kind) || waits_for_turn(s_, r)) return false;
  const sign_of_life* sign = sign_of(alive, r);
  const deadlines given = due_now(w, r, sign);
  if (due(given.attempt)) give_up(number, code::attempt_timeout, "the attempt took too long", false);
  else if (due(given.start)) give_up(number, code::start_timeout, "no worker began in time", false);
  else if (due(given.heartbeat)) give_up(number, code::heartbeat_timeout, "the worker fell silent", false);
  else if (sign && due(sign->send_again)) send_out(r);
  else return false;
  return true;
}

void drafting::fire_timers(const liveness* alive) {
  if (s_.status == instance_status::running && s_.deadline && *s_.deadline <= now_) {
    emit(timer_fired{0, "timeout"});
    stop(instance_status::failed, {std::string(code::timeout), "the time limit of the whole workflow has passed"});
  }
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, r] : s_.runs) numbers.push_back(number);
  const bool counts = s_.status == instance_status::running || s_.status == instance_status::paused ||
                      s_.status == instance_status::compensating;
  if (counts)
    for (const std::uint64_t number : numbers)
      if (s_.runs.contains(number)) fire(number, alive);
  advance();
}

void drafting::recover_outside() {
  if (s_.status == instance_status::crashed)
    return ask_children(); // those that were told to stop may not have heard it
  for (const auto& [number, r] : s_.runs)
    if (r.status == run_status::scheduled && r.child.empty()) send_out(r);
  ask_children();
  if (is_over(s_.status)) report_end();
  advance();
}

// One that has started already answers a second start with its end, or not before it has one.
void drafting::ask_children() {
  if (s_.status != instance_status::crashed)
    for (const auto& [number, r] : s_.runs)
      if (r.status == run_status::scheduled && !r.child.empty()) send_out(r);
  for (const auto& [id, child] : s_.leaving)
    send(cancel_child{id, {{who_.id, child.run}, child.terminate, "its parent no longer waits for it"}});
}

void drafting::ask_whether_awaited() {
  if (s_.parent) send(ask_parent{s_.parent->workflow, {s_.parent->run, who_.id}});
}

std::optional<instant> wake_at(const instance& s, const liveness* alive) {
  if (can_advance(s)) return s.recorded_at;
  std::optional<instant> earliest;
  const auto consider = [&earliest](const std::optional<instant>& at) {
    if (at && (!earliest || *at < *earliest)) earliest = at;
  };
  if (s.status == instance_status::running) consider(s.deadline);
  else if (s.status != instance_status::paused && s.status != instance_status::compensating) return std::nullopt;
  for (const auto& [number, r] : s.runs) {
    if (!is_open(r.status) || is_held(s, r)) continue;
    consider(r.due.total);
    if (r.status == run_status::waiting) {
      consider(r.retry_at);
      continue;
    }
    consider(r.due.timer);
    const work& w = work_of(s, r);
    if (!is_outside(w.kind) || waits_for_turn(s, r)) continue;
    const sign_of_life* sign = sign_of(alive, r);
    const deadlines given = due_now(w, r, sign);
    consider(given.attempt);
    consider(given.start);
    consider(given.heartbeat);
    if (sign) consider(sign->send_again);
  }
  return earliest;
}

bool needs_recovery(const instance& s) {
  if (!s.leaving.empty()) return true;
  if (s.status != instance_status::running && s.status != instance_status::paused &&
      s.status != instance_status::compensating)
    return false;
  return can_advance(s) || std::any_of(s.runs.begin(), s.runs.end(), [&](const auto& r) {
           return r.second.status == run_status::scheduled && is_outside(work_of(s, r.second).kind);
         });
}

} // namespace ropewalk::workflow
