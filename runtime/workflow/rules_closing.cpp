#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/failures.hpp"
#include "runtime/workflow/rules.hpp"

namespace ropewalk::workflow {
namespace {

// An instance that already stops goes on doing so. A parked one stays parked and undoes once it is resumed, but for one with
// nothing to undo or to await. It is unparked in between: so every program folds it, also one that knows no cancel of a parked one.
void begin_cancel(drafting& d, const std::string& reason) {
  const instance& s = d.state();
  const bool parked = s.status == instance_status::crashed;
  const instance_status now = parked ? s.status_before_crash : s.status;
  if (now != instance_status::running && now != instance_status::paused) return;
  const crashed park{s.status_reason, s.restarts};
  if (parked) d.emit(unparked{});
  d.emit(cancel_requested{reason});
  d.stop(instance_status::cancelled, {});
  if (parked && !(s.undo_stack.empty() && s.leaving.empty())) d.emit(park);
  else d.advance();
}

void end_at_once(drafting& d, const std::string& reason) {
  for (const auto& [number, r] : d.state().runs)
    if (is_open(r.status)) d.call_off(number);
  d.emit(terminated{reason});
  for (const auto& [id, child] : d.state().leaving) d.send(cancel_child{id, {{d.who().id, child.run}, true, reason}});
  d.end(instance_status::terminated, {std::string(code::terminated), reason});
}

} // namespace

result<decision> rule(const context& c, const cancel& x) {
  if (auto started = require_started(c.who, c.state); !started) return started.error();
  if (is_over(c.state.status)) return workflow_closed(c);
  drafting d(c.who, c.state, c.around);
  begin_cancel(d, x.reason);
  return std::move(d).showing(c.keyed);
}

result<decision> rule(const context& c, const terminate& x) {
  if (auto started = require_started(c.who, c.state); !started) return started.error();
  if (is_over(c.state.status)) return workflow_closed(c);
  drafting d(c.who, c.state, c.around);
  end_at_once(d, x.reason);
  return std::move(d).showing(c.keyed);
}

// A child that was never started, or is somebody else's, has ended as far as this parent is concerned.
result<decision> rule(const context& c, const stop_child& x) {
  drafting d(c.who, c.state, c.around);
  if (c.state.status == instance_status::absent || c.state.parent != x.parent)
    d.send(
        report_to_parent{x.parent.workflow,
                         {x.parent.run, c.who.id, child_end::cancelled, {}, {std::string(code::cancelled), x.reason}}});
  else if (is_over(c.state.status)) d.report_end();
  else if (x.terminate) end_at_once(d, x.reason);
  else begin_cancel(d, x.reason);
  return std::move(d).finish();
}

// One that is gone, as after a backup was put back, will never end otherwise.
result<decision> rule(const context& c, const report_if_over& x) {
  drafting d(c.who, c.state, c.around);
  if (c.state.status == instance_status::absent) d.send(report_to_schedule{x.schedule, child_end::failed});
  else if (is_over(c.state.status)) d.report_to_scheduler();
  return std::move(d).finish();
}

} // namespace ropewalk::workflow
