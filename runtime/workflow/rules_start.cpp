#include "runtime/limits.hpp"
#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/failures.hpp"
#include "runtime/workflow/json_digest.hpp"
#include "runtime/workflow/merge_patch.hpp"
#include "runtime/workflow/rules.hpp"

namespace ropewalk::workflow {
namespace {

error exists(const context& c) {
  return refusal(errc::conflict, "workflow_exists",
                 "workflow \"" + c.who.id +
                     "\" exists already; use if_absent to take one of the same definition and input as it is");
}

// In what the instance is not what is to be started; "" if it is that. Attributes say what an instance is filed under, not what
// it does, so they do not count. A schedule's start that is sent again may name another version by now: attributes tell there.
std::string difference(const context& c, const start& x) {
  const definition& has = c.state.definition->read;
  if (has.name != x.definition || (x.version && *x.version != has.version && !x.scheduled_by))
    return "is of version " + std::to_string(has.version) + " of definition \"" + has.name + '"';
  return c.state.input_digest == digest_of(x.input) ? std::string() : "has another input";
}

// A child that cannot begin has ended, as far as its parent is concerned.
decision cannot_begin(const context& c, const parent_run& parent, const error& why) {
  decision d;
  d.effects.emplace_back(
      report_to_parent{parent.workflow, {parent.run, c.who.id, child_end::failed, {}, {why.type, why.detail}}});
  return d;
}

result<decision> start_again(const context& c, const start& x) {
  if (x.parent) {
    if (c.state.parent != x.parent) return cannot_begin(c, *x.parent, exists(c));
    drafting d(c.who, c.state, c.around);
    if (is_over(c.state.status)) d.report_end();
    return std::move(d).finish();
  }
  if (!x.if_absent) return exists(c);
  if (const std::string differs = difference(c, x); !differs.empty())
    return refusal(errc::conflict, "workflow_exists", "workflow \"" + c.who.id + "\" exists already and " + differs);
  if (x.scheduled_by) {
    if (c.state.attributes != x.attributes) return exists(c); // somebody else's: its end would not be told
    drafting d(c.who, c.state, c.around);
    d.send(report_to_schedule{*x.scheduled_by, {}});
    if (is_over(c.state.status)) d.report_to_scheduler();
    return std::move(d).finish();
  }
  return drafting(c.who, c.state, c.around).showing(c.keyed, false);
}

status_result check_start(const context& c, const start& x) {
  if (!c.known.definition)
    return refusal(errc::not_found, "definition_not_found",
                   "there is no definition \"" + x.definition + "\"" +
                       (x.version ? " of version " + std::to_string(*x.version) : "") + "; define it first",
                   "definition");
  if (!x.input.is_object()) return invalid("input", "the input must be an object");
  json_value value = c.known.definition->read.state;
  merge_patch(value, x.input);
  if (compact_bytes(value, limits::workflow_state_bytes + 1) > limits::workflow_state_bytes)
    return refusal(errc::too_large, std::string(code::state_too_large),
                   "the state is at most " + std::to_string(limits::workflow_state_bytes) +
                       " bytes; larger values go by reference",
                   "input");
  return ok();
}

std::optional<instant> time_limit(const definition& d, instant now) {
  return d.timeout_us ? std::optional(instant{now.us + *d.timeout_us}) : std::nullopt;
}

} // namespace

result<decision> rule(const context& c, const start& x) {
  if (c.state.status != instance_status::absent) return start_again(c, x);
  if (const auto fine = check_start(c, x); !fine) {
    if (x.parent) return cannot_begin(c, *x.parent, fine.error());
    return fine.error();
  }
  drafting d(c.who, c.state, c.around);
  d.emit(started{c.known.definition,
                 x.input,
                 x.attributes,
                 time_limit(c.known.definition->read, c.around.now),
                 x.parent,
                 {},
                 {},
                 x.depth});
  d.ask_whether_awaited();
  if (x.scheduled_by) d.send(report_to_schedule{*x.scheduled_by, {}});
  d.advance();
  if (x.parent || x.scheduled_by) return std::move(d).finish();
  return std::move(d).showing(c.keyed, true);
}

result<decision> rule(const context& c, const branch_off& x) {
  if (c.state.status != instance_status::absent) return exists(c);
  auto base = decode_state(x.state);
  if (!base) return base.error();
  if (base->status == instance_status::absent || !base->lines.contains(0))
    return refusal(errc::conflict, "nothing_to_run",
                   "at version " + std::to_string(x.version) + " workflow \"" + x.workflow +
                       "\" has nothing left to run",
                   "version");
  json_value value = *base->value;
  merge_patch(value, x.patch);
  if (!value.is_object()) return invalid("patch", "the patch must be an object");
  if (compact_bytes(value, limits::workflow_state_bytes + 1) > limits::workflow_state_bytes)
    return refusal(errc::too_large, std::string(code::state_too_large),
                   "the state is at most " + std::to_string(limits::workflow_state_bytes) +
                       " bytes; larger values go by reference",
                   "patch");
  drafting d(c.who, c.state, c.around);
  d.emit(started{base->definition,
                 x.patch,
                 x.attributes,
                 time_limit(base->definition->read, c.around.now),
                 {},
                 branch_point{x.workflow, x.version},
                 x.state,
                 0});
  d.advance();
  return std::move(d).showing(c.keyed, true);
}

} // namespace ropewalk::workflow
