// How an instance ends: what is outstanding is called off, children are awaited, what was completed is undone
// in reverse order, and only then it has ended.

#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/failures.hpp"

namespace ropewalk::workflow {

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
  if (!s_.parent) return;
  child_ended e{s_.parent->run, who_.id, child_end::completed, {}, s_.why};
  switch (s_.status) {
  case instance_status::completed: e.state = *s_.value; break;
  case instance_status::cancelled: e.how = child_end::cancelled; break;
  case instance_status::terminated: e.how = child_end::terminated; break;
  default: e.how = child_end::failed; break;
  }
  send(report_to_parent{s_.parent->workflow, std::move(e)});
}

} // namespace ropewalk::workflow
