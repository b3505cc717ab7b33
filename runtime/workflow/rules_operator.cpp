#include "runtime/limits.hpp"
#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/failures.hpp"
#include "runtime/workflow/merge_patch.hpp"
#include "runtime/workflow/rules.hpp"

namespace ropewalk::workflow {
namespace {

// Failed, and nothing of what it did was undone: it can go on where it failed.
bool can_be_retried(const instance& s) {
  return s.status == instance_status::failed && !s.compensated && s.lines.contains(0);
}

error stopping_now(const context& c) {
  return refusal(errc::conflict, "workflow_stopping", "workflow \"" + c.who.id + "\" is undoing what it did");
}

result<decision> retry_failed(const context& c, const retry& x) {
  if (c.state.compensated)
    return refusal(errc::conflict, "workflow_compensated",
                   "workflow \"" + c.who.id +
                       "\" has undone what it did; branch from a checkpoint, or start a new one");
  drafting d(c.who, c.state, c.around);
  const auto limit = c.state.definition->read.timeout_us;
  d.emit(retried{x.reason, limit ? std::optional(instant{c.around.now.us + *limit}) : std::nullopt});
  d.advance();
  return std::move(d).showing(c.keyed);
}

} // namespace

result<decision> rule(const context& c, const update& x) {
  if (auto started = require_started(c.who, c.state); !started) return started.error();
  if (is_over(c.state.status) && !can_be_retried(c.state)) return workflow_closed(c);
  if (!x.patch.is_object()) return invalid("patch", "the patch must be an object");
  if (x.expected_version && *x.expected_version != c.state.version)
    return refusal(errc::conflict, "version_mismatch",
                   "expected_version is " + std::to_string(*x.expected_version) + ", the workflow's version is " +
                       std::to_string(c.state.version),
                   "expected_version");
  json_value value = *c.state.value;
  merge_patch(value, x.patch);
  if (compact_bytes(value, limits::workflow_state_bytes + 1) > limits::workflow_state_bytes)
    return refusal(errc::too_large, std::string(code::state_too_large),
                   "the state is at most " + std::to_string(limits::workflow_state_bytes) +
                       " bytes; larger values go by reference",
                   "patch");
  drafting d(c.who, c.state, c.around);
  d.emit(updated{x.patch, x.reason});
  return std::move(d).showing(c.keyed);
}

result<decision> rule(const context& c, const pause& x) {
  if (auto live = require_live(c); !live) return live.error();
  if (c.state.status == instance_status::compensating) return stopping_now(c);
  drafting d(c.who, c.state, c.around);
  if (c.state.status == instance_status::running) d.emit(paused{x.reason});
  return std::move(d).showing(c.keyed);
}

result<decision> rule(const context& c, const resume&) {
  if (auto started = require_started(c.who, c.state); !started) return started.error();
  if (is_over(c.state.status)) return workflow_closed(c);
  drafting d(c.who, c.state, c.around);
  if (c.state.status == instance_status::crashed) {
    d.emit(unparked{});
    d.ask_whether_awaited();
    d.recover_outside();
  } else if (c.state.status == instance_status::paused) {
    d.emit(resumed{});
    d.advance();
  }
  return std::move(d).showing(c.keyed);
}

result<decision> rule(const context& c, const retry& x) {
  if (auto started = require_started(c.who, c.state); !started) return started.error();
  if (c.state.status == instance_status::failed) return retry_failed(c, x);
  if (auto live = require_live(c); !live) return live.error();
  if (x.run && !find_run(c.state, *x.run)) return run_not_found(c, *x.run);
  if (c.state.status == instance_status::paused)
    return refusal(errc::conflict, "workflow_paused", "workflow \"" + c.who.id + "\" is paused; resume it");
  std::vector<std::uint64_t> waiting;
  for (const auto& [number, r] : c.state.runs)
    if (r.status == run_status::waiting && (!x.run || *x.run == number)) waiting.push_back(number);
  if (waiting.empty())
    return refusal(errc::conflict, "nothing_to_retry",
                   "workflow \"" + c.who.id + "\" has not failed, and no run waits for its next attempt");
  drafting d(c.who, c.state, c.around);
  for (const std::uint64_t number : waiting)
    if (const run* r = find_run(d.state(), number); r && r->status == run_status::waiting) d.next_attempt(number);
  d.advance();
  return std::move(d).showing(c.keyed);
}

result<decision> rule(const context& c, const checkpoint& x) {
  if (auto started = require_started(c.who, c.state); !started) return started.error();
  drafting d(c.who, c.state, c.around);
  d.emit(checkpointed{x.reason});
  return std::move(d).showing(c.keyed);
}

result<decision> rule(const context& c, const crash& x) {
  if (c.state.status == instance_status::absent || is_over(c.state.status) ||
      c.state.status == instance_status::crashed)
    return decision{};
  drafting d(c.who, c.state, c.around);
  d.emit(crashed{x.reason, x.restarts});
  return std::move(d).finish();
}

result<decision> rule(const context& c, const wake&) {
  drafting d(c.who, c.state, c.around);
  d.fire_timers(c.known.alive);
  return std::move(d).finish();
}

result<decision> rule(const context& c, const recover&) {
  if (c.state.status == instance_status::absent) return decision{};
  drafting d(c.who, c.state, c.around);
  d.recover_outside();
  return std::move(d).finish();
}

result<decision> rule(const context& c, const ask_children&) {
  if (c.state.status == instance_status::absent) return decision{};
  drafting d(c.who, c.state, c.around);
  d.ask_children();
  return std::move(d).finish();
}

} // namespace ropewalk::workflow
