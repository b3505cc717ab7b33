// How an instance ends: what is outstanding is called off, children are awaited, what was completed is undone
// in reverse order, and only then it has ended.

#include "runtime/limits.hpp"
#include "runtime/workflow/document_value.hpp"
#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/failures.hpp"
#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::workflow {
namespace {

child_end end_of(instance_status status) {
  switch (status) {
  case instance_status::completed: return child_end::completed;
  case instance_status::cancelled: return child_end::cancelled;
  case instance_status::terminated: return child_end::terminated;
  default: return child_end::failed;
  }
}

} // namespace

void drafting::stop(instance_status how, run_error why) {
  if (const line* root = find_line(s_, 0)) {
    const std::uint64_t current = root->current;
    cancel_inside(current);
    if (const run* r = find_run(s_, current); r && is_open(r->status)) cancel_run(current);
  }
  if (s_.status == instance_status::compensating) return; // a cancel: advance() goes on from here
  if (s_.undo_stack.empty() && s_.leaving.empty()) return end(how, std::move(why));
  emit(stopping{how, std::move(why)});
}

void drafting::end(instance_status how, run_error why) {
  emit(ended{how, std::move(why)});
  report_end();
}

bool drafting::undo_next() {
  if (!s_.undo_stack.empty()) {
    const undo last = s_.undo_stack.back();
    const phase& p = *find_phase(s_.definition->read, last.phase);
    const std::uint64_t number = s_.next_run;
    emit(compensation_scheduled{number, last.run, last.phase, 1, deadlines_for(p, *p.compensate, nullptr), last.index});
    begin_attempt(number);
    return true;
  }
  if (s_.not_undone.empty()) {
    const waiting_end how = *s_.ending;
    end(how.status, how.why);
    return true;
  }
  std::string runs;
  for (const std::uint64_t run : s_.not_undone) runs += (runs.empty() ? "" : ", ") + std::to_string(run);
  end(instance_status::failed,
      {std::string(code::compensation_failed), "run " + runs + " could not be undone; it was to end as " +
                                                   std::string(name(s_.ending->status)) + " (" + s_.ending->why.code +
                                                   ": " + s_.ending->why.message + ")"});
  return true;
}

void drafting::report_end() {
  report_to_scheduler();
  if (!s_.parent) return;
  child_ended e{s_.parent->run, who_.id, end_of(s_.status), {}, s_.why};
  if (e.how == child_end::completed && compact_bytes(*s_.value, limits::phase_result_bytes + 1) > limits::phase_result_bytes) {
    e.how = child_end::failed;
    e.why = {std::string(code::result_too_large),
             "its state is the phase's result, which is at most " + std::to_string(limits::phase_result_bytes) +
                 " bytes; it did complete, and larger values go by reference"};
  } else if (e.how == child_end::completed) {
    e.state = *s_.value;
  }
  send(report_to_parent{s_.parent->workflow, std::move(e)});
}

// An attribute and no more: whoever gives it to an instance of their own tells a schedule of what it never started,
// and it does not care.
void drafting::report_to_scheduler() {
  const auto schedule = s_.attributes.find("schedule");
  if (schedule == s_.attributes.end() || !schedule->is_string()) return;
  const auto& name = schedule->get_ref<const std::string&>();
  if (is_identifier(name, limits::definition_name_bytes)) send(report_to_schedule{name, end_of(s_.status)});
}

} // namespace ropewalk::workflow
