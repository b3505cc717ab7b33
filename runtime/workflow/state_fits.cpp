#include <algorithm>

#include "runtime/limits.hpp"
#include "runtime/workflow/lines.hpp"

namespace ropewalk::workflow {
namespace {

struct fitter {
  const instance& s;

  static status_result misfit(std::string_view field, std::uint64_t number) {
    return error{errc::corrupt, "misfit",
                 "a recorded event names " + std::string(field) + " " + std::to_string(number) + ", which cannot be",
                 std::string(field)};
  }
  status_result open_run(std::uint64_t number, bool compensation = false) const {
    const run* r = find_run(s, number);
    if (r && is_open(r->status) && (r->compensates != 0) == compensation) return ok();
    return misfit("run", number);
  }
  status_result any_open_run(std::uint64_t number) const {
    const run* r = find_run(s, number);
    return r && is_open(r->status) ? ok() : misfit("run", number);
  }
  status_result open_in(std::initializer_list<instance_status> statuses) const {
    if (std::find(statuses.begin(), statuses.end(), s.status) != statuses.end()) return ok();
    return error{errc::corrupt, "misfit", "a recorded event cannot follow status " + std::string(name(s.status)),
                 "status"};
  }
  status_result next_attempt(const run& r, std::uint32_t attempt) const {
    return r.status == run_status::waiting && attempt == r.attempt + 1 ? ok() : misfit("attempt", attempt);
  }
  status_result on_line(std::uint64_t run_number, std::uint64_t line_number, const std::string& phase_name) const {
    const line* l = find_line(s, line_number);
    if (!l) return misfit("line", line_number);
    if (run_number != s.next_run) return misfit("run", run_number);
    if (!find_phase(s.definition->read, phase_name))
      return error{errc::corrupt, "misfit", "the definition has no phase \"" + phase_name + "\"", "phase"};
    return ok();
  }

  status_result operator()(const started& e) const {
    if (s.status != instance_status::absent) return open_in({instance_status::absent});
    if (!e.branched_from) return ok();
    auto base = decode_state(e.base);
    if (!base) return base.error();
    for (const auto& [number, r] : base->runs)
      if (!find_phase(e.definition->read, r.phase)) return misfit("run", number);
    return ok();
  }
  status_result operator()(const scheduled& e) const {
    if (const run* r = find_run(s, e.run))
      return r->compensates == 0 ? next_attempt(*r, e.attempt) : misfit("run", e.run);
    if (e.attempt != 1) return misfit("attempt", e.attempt);
    const line* l = find_line(s, e.line);
    if (l && l->index != e.index) return misfit("line", e.line);
    return on_line(e.run, e.line, e.phase);
  }
  status_result operator()(const attempt_failed& e) const { return any_open_run(e.run); }
  status_result operator()(const completed& e) const { return open_run(e.run); }
  status_result operator()(const failed& e) const { return open_run(e.run); }
  status_result operator()(const skipped& e) const { return on_line(e.run, e.line, e.phase); }
  status_result operator()(const cancelled& e) const { return open_run(e.run); }
  status_result operator()(const late_result& e) const {
    return e.run != 0 && e.run < s.next_run ? ok() : misfit("run", e.run);
  }
  status_result operator()(const step_begun& e) const { return any_open_run(e.run); }
  status_result operator()(const step_completed& e) const { return any_open_run(e.run); }
  status_result operator()(const signalled&) const { return ok(); }
  status_result operator()(const signal_taken& e) const {
    const bool there =
        std::any_of(s.signals.begin(), s.signals.end(), [&](const buffered_signal& b) { return b.id == e.id; });
    return there ? open_run(e.run) : misfit("run", e.run);
  }
  status_result operator()(const timer_fired& e) const { return e.run == 0 ? ok() : any_open_run(e.run); }
  status_result operator()(const line_opened& e) const {
    const run* r = find_run(s, e.run);
    if (!r || !is_open(r->status) || !r->gathers) return misfit("run", e.run);
    if (e.line != s.next_line) return misfit("line", e.line);
    if (e.index && (!r->gathers->items || *e.index >= r->gathers->items->size())) return misfit("index", *e.index);
    return ok();
  }
  status_result operator()(const line_closed& e) const {
    const line* l = find_line(s, e.line);
    const run* parent = l && e.line != 0 ? find_run(s, l->parent) : nullptr;
    return parent && parent->gathers ? ok() : misfit("line", e.line);
  }
  status_result operator()(const child_started& e) const { return open_run(e.run); }
  status_result operator()(const child_left& e) const {
    const run* r = find_run(s, e.run);
    return s.leaving.contains(e.child) || (r && r->child == e.child) ? ok() : misfit("run", e.run);
  }
  status_result operator()(const paused&) const { return open_in({instance_status::running}); }
  status_result operator()(const resumed&) const { return open_in({instance_status::paused}); }
  status_result operator()(const cancel_requested&) const {
    return open_in({instance_status::running, instance_status::paused});
  }
  status_result operator()(const stopping&) const { return open_in({instance_status::running}); }
  status_result operator()(const retried&) const { return open_in({instance_status::failed}); }
  status_result operator()(const unparked&) const { return open_in({instance_status::crashed}); }
  status_result operator()(const compensation_scheduled& e) const {
    if (const run* r = find_run(s, e.run))
      return r->compensates == e.of ? next_attempt(*r, e.attempt) : misfit("run", e.run);
    const auto at =
        std::find_if(s.undo_stack.begin(), s.undo_stack.end(), [&](const undo& u) { return u.run == e.of; });
    const phase* p = at == s.undo_stack.end() ? nullptr : find_phase(s.definition->read, e.phase);
    return e.run == s.next_run && p && p->compensate ? ok() : misfit("of", e.of);
  }
  status_result operator()(const compensation_completed& e) const { return open_run(e.run, true); }
  status_result operator()(const compensation_failed& e) const { return open_run(e.run, true); }
  status_result operator()(const ended& e) const {
    if (is_over(s.status)) return open_in({instance_status::running, instance_status::paused});
    return is_over(e.status) ? ok() : misfit("status", static_cast<std::uint64_t>(e.status));
  }
  template <class Other> // updated, terminated, crashed, checkpointed, noted
  status_result operator()(const Other&) const {
    return ok();
  }
};

} // namespace

status_result fits(const instance& state, const event& e) {
  if (state.status == instance_status::absent && !std::holds_alternative<started>(e))
    return error{errc::corrupt, "misfit", "the first recorded event is not its start", {}};
  return std::visit(fitter{state}, e);
}

} // namespace ropewalk::workflow
