#include "runtime/workflow/state.hpp"

#include <algorithm>

#include "runtime/limits.hpp"
#include "runtime/workflow/failures.hpp"
#include "runtime/workflow/json_digest.hpp"
#include "runtime/workflow/json_pointer.hpp"
#include "runtime/workflow/lines.hpp"
#include "runtime/workflow/merge_patch.hpp"

namespace ropewalk::workflow {
namespace {

shared_json share(json_value value) { return std::make_shared<json_value>(std::move(value)); }

// The value for changing in place: a copy, unless nobody else holds it. All shared values are made by
// share().
json_value& own(shared_json& value) {
  if (value.use_count() != 1) value = share(*value);
  return const_cast<json_value&>(*value);
}

template <class T>
void keep_newest(std::vector<T>& list, std::size_t most) {
  if (list.size() > most) list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(list.size() - most));
}

struct folder {
  instance& s;
  instant time;

  run& of(std::uint64_t number) { return s.runs.at(number); }

  void remember(const run& r, run_status how) {
    s.ended.push_back({r.number, how, s.version + 1});
    keep_newest(s.ended, limits::runs_remembered);
  }
  // What only an open run needs.
  static void settle(run& r) {
    r.retry_at.reset();
    r.due = {};
    r.input.reset();
    r.steps.clear();
    r.steps.shrink_to_fit();
  }
  void end_run(run& r, run_status how) {
    remember(r, how);
    r.status = how;
    settle(r);
  }
  void drop_lines(std::uint64_t parent) {
    for (const std::uint64_t l : lines_of(s, parent)) {
      const std::uint64_t current = s.lines.at(l).current;
      drop_lines(current);
      s.runs.erase(current);
      s.lines.erase(l);
    }
  }
  void fail_with(run& r, const run_error& why) {
    r.last_error = why;
    r.last_error_at = time;
    leave(r, false);
  }
  // The run no longer waits for its child, which has to be told.
  void leave(run& r, bool terminate) {
    if (!r.child.empty()) s.leaving[r.child] = {r.number, terminate};
    r.child.clear();
  }
  void set_value(json_value value) {
    s.value = share(std::move(value));
    s.value_bytes = compact_bytes(*s.value);
  }
  void grew_by(std::uint64_t bytes) {
    s.value_bytes += bytes;
    if (s.value_bytes > limits::workflow_state_bytes) s.value_bytes = compact_bytes(*s.value);
  }
  void merge(const json_value& patch) {
    merge_patch(own(s.value), patch);
    grew_by(compact_bytes(patch));
  }

  // A failed or cancelled phase is run anew; a parallel or map goes on with the lines that it has.
  void revive(line& l) {
    if (l.current == 0) return;
    run& r = of(l.current);
    if (r.status == run_status::completed || r.status == run_status::skipped) return;
    const auto inside = lines_of(s, r.number);
    const phase& p = phase_of(s, r);
    if (!gathers_lines(p.does.kind) || inside.empty()) {
      l.again = true;
      return;
    }
    r.status = run_status::scheduled;
    r.retry_at.reset();
    r.due = {};
    if (p.does.limits.total_us) r.due.total = instant{time.us + *p.does.limits.total_us};
    for (const std::uint64_t n : inside) revive(s.lines.at(n));
  }

  void operator()(const started& e) {
    if (e.branched_from) {
      if (auto base = decode_state(e.base)) {
        static_cast<instance&>(s) = std::move(static_cast<instance&>(*base));
        // What the other one did is the other one's to undo, and its workers and children answer to it.
        s.undo_stack.clear();
        s.not_undone.clear();
        s.ended.clear();
        s.late.clear();
        s.late_count = 0;
        s.leaving.clear();
        s.ending.reset();
        s.compensated = false;
        s.restarts = 0;
        s.version = 0;
        s.why = {};
        s.status_reason.clear();
        s.ended_at = {};
        std::erase_if(s.runs, [](const auto& r) { return r.second.compensates != 0; });
        if (const auto root = s.lines.find(0); root != s.lines.end()) revive(root->second);
        merge(e.input);
      }
    } else {
      s.lines[0] = {};
      json_value value = e.definition->read.state;
      merge_patch(value, e.input);
      set_value(std::move(value));
      s.input_digest = digest_of(e.input);
    }
    s.status = instance_status::running;
    s.definition = e.definition;
    s.attributes = e.attributes;
    s.parent = e.parent;
    s.depth = e.depth;
    s.branched_from = e.branched_from;
    s.deadline = e.deadline;
    s.created_at = time;
  }

  void operator()(const scheduled& e) {
    if (const auto at = s.runs.find(e.run); at != s.runs.end()) return next_attempt(at->second, e.attempt, e.due);
    line& l = s.lines.at(e.line);
    run r = new_run(e.run, e.phase, e.due);
    r.line = e.line;
    r.index = e.index;
    const phase& p = phase_of(s, r);
    if (auto input = input_for(s, p.does, item_of(s, l), e.index.value_or(0))) r.input = *std::move(input);
    if (gathers_lines(p.does.kind)) r.gathers.emplace();
    if (p.does.kind == phase_kind::map)
      if (const json_value* over = find_at(*s.value, p.over); over && over->is_array()) r.gathers->items = share(*over);
    s.runs.erase(l.current);
    l.current = e.run;
    l.again = false;
    s.runs.emplace(e.run, std::move(r));
  }
  run new_run(std::uint64_t number, const std::string& phase, const deadlines& due) {
    run r;
    r.number = number;
    r.phase = phase;
    r.since = r.attempt_at = time;
    r.due = due;
    s.next_run = number + 1;
    return r;
  }
  void next_attempt(run& r, std::uint32_t attempt, const deadlines& due) {
    r.status = run_status::scheduled;
    r.attempt = attempt;
    r.attempt_at = time;
    r.due = due;
    r.retry_at.reset();
    r.by_deadline = false;
  }

  void operator()(const attempt_failed& e) {
    run& r = of(e.run);
    r.status = run_status::waiting;
    r.retry_at = e.retry_at;
    fail_with(r, e.why);
    if (!r.gathers) return;
    drop_lines(e.run);
    shared_json items = r.gathers->items;
    r.gathers.emplace().items = std::move(items);
  }

  void operator()(const completed& e) {
    run& r = of(e.run);
    const phase& p = phase_of(s, r);
    const line& l = s.lines.at(r.line);
    switch (placement_of(s, r)) {
    case placement::none: break;
    case placement::gathered: gather(l, e.result); break;
    case placement::merged: merge(e.result); break;
    case placement::put:
      // can_take() was asked before it was recorded.
      if (put_at(own(s.value), p.result_at, e.result)) grew_by(compact_bytes(e.result) + p.result_at.size() * 2 + 8);
      break;
    }
    if (p.compensate) {
      const json_value* item = item_of(s, l);
      s.undo_stack.push_back({e.run, r.phase, r.index, item ? share(*item) : shared_json()});
    }
    r.child.clear();
    end_run(r, run_status::completed);
    drop_lines(e.run);
    r.gathers.reset();
  }
  void gather(const line& l, const json_value& result) {
    gathering& g = *of(l.parent).gathers;
    if (g.results.size() <= *l.index) g.results.resize(*l.index + 1);
    g.results[*l.index] = share(result);
    g.result_bytes += compact_bytes(result) + 1;
  }

  void operator()(const failed& e) {
    run& r = of(e.run);
    fail_with(r, e.why);
    end_run(r, run_status::failed);
  }
  void operator()(const skipped& e) {
    line& l = s.lines.at(e.line);
    run r = new_run(e.run, e.phase, {});
    r.line = e.line;
    r.index = l.index;
    r.status = run_status::skipped;
    remember(r, run_status::skipped);
    s.runs.erase(l.current);
    l.current = e.run;
    l.again = false;
    if (l.index) gather(l, nullptr);
    s.runs.emplace(e.run, std::move(r));
  }
  void operator()(const cancelled& e) {
    run& r = of(e.run);
    leave(r, false);
    end_run(r, run_status::cancelled);
  }
  void operator()(const late_result& e) {
    ++s.late_count;
    if (s.late.size() < limits::late_results) s.late.push_back({e.run, e.digest, e.from, time});
  }

  void operator()(const step_begun& e) { of(e.run).steps.push_back({e.step, 0}); }
  void operator()(const step_completed& e) {
    auto& steps = of(e.run).steps;
    const auto at = std::find_if(steps.begin(), steps.end(), [&](const step_record& r) { return r.name == e.step; });
    if (at == steps.end()) steps.push_back({e.step, s.version + 1});
    else at->result_version = s.version + 1;
  }

  void operator()(const signalled& e) {
    s.signals.push_back({e.id, e.name, share(e.payload), time});
    s.signal_bytes += compact_bytes(e.payload);
    s.signal_ids.push_back(e.id);
    keep_newest(s.signal_ids, limits::signal_ids);
  }
  void operator()(const signal_taken& e) {
    const auto at =
        std::find_if(s.signals.begin(), s.signals.end(), [&](const buffered_signal& b) { return b.id == e.id; });
    s.signal_bytes -= compact_bytes(*at->payload);
    s.signals.erase(at);
  }
  void operator()(const timer_fired& e) {
    if (e.run == 0) return s.deadline.reset();
    run& r = of(e.run);
    r.due.timer.reset();
    r.by_deadline = e.which == "deadline";
  }

  void operator()(const line_opened& e) {
    line l;
    l.number = e.line;
    l.parent = e.run;
    l.branch = e.branch;
    l.index = e.index;
    s.lines.emplace(e.line, std::move(l));
    s.next_line = e.line + 1;
    ++of(e.run).gathers->opened;
  }
  void operator()(const line_closed& e) {
    const line l = s.lines.at(e.line);
    gathering& g = *of(l.parent).gathers;
    if (l.index && g.closed == 0) g.first = *l.index;
    ++g.closed;
    s.runs.erase(l.current);
    s.lines.erase(e.line);
  }

  void operator()(const child_started& e) {
    run& r = of(e.run);
    r.child = e.child;
    // One that waited for its turn: its time begins now.
    if (r.due.attempt && time > r.attempt_at) r.due.attempt->us += time.us - r.attempt_at.us;
  }
  void operator()(const child_left& e) {
    s.leaving.erase(e.child);
    if (const auto r = s.runs.find(e.run); r != s.runs.end() && r->second.child == e.child) r->second.child.clear();
  }
  void operator()(const updated& e) { merge(e.patch); }
  void operator()(const paused& e) { s.status = instance_status::paused, s.status_reason = e.reason; }
  void operator()(const resumed&) { s.status = instance_status::running, s.status_reason.clear(); }
  void operator()(const cancel_requested& e) {
    s.status = instance_status::compensating;
    s.status_reason = e.reason;
    s.ending = waiting_end{instance_status::cancelled, {std::string(code::cancelled), e.reason}};
  }
  void operator()(const stopping& e) {
    s.status = instance_status::compensating;
    s.ending = waiting_end{e.status, e.why};
  }
  void operator()(const terminated& e) {
    s.status_reason = e.reason;
    for (auto& [number, r] : s.runs) {
      if (!is_open(r.status)) continue;
      leave(r, true);
      end_run(r, run_status::cancelled);
    }
    for (auto& [id, child] : s.leaving) child.terminate = true;
  }
  void operator()(const retried& e) {
    s.status = instance_status::running;
    s.status_reason = e.reason;
    s.why = {};
    s.ended_at = {};
    s.deadline = e.deadline;
    if (const auto root = s.lines.find(0); root != s.lines.end()) revive(root->second);
  }

  void operator()(const compensation_scheduled& e) {
    if (const auto at = s.runs.find(e.run); at != s.runs.end()) return next_attempt(at->second, e.attempt, e.due);
    run r = new_run(e.run, e.phase, e.due);
    r.compensates = e.of;
    r.index = e.index;
    const auto at =
        std::find_if(s.undo_stack.begin(), s.undo_stack.end(), [&](const undo& u) { return u.run == e.of; });
    r.item = at->item;
    s.undo_stack.erase(at);
    s.compensated = true;
    if (auto input = input_for(s, work_of(s, r), r.item.get(), e.index.value_or(0))) r.input = *std::move(input);
    s.runs.emplace(e.run, std::move(r));
  }
  void operator()(const compensation_completed& e) {
    remember(of(e.run), run_status::completed);
    s.runs.erase(e.run);
  }
  void operator()(const compensation_failed& e) {
    s.not_undone.push_back(of(e.run).compensates);
    remember(of(e.run), run_status::failed);
    s.runs.erase(e.run);
  }

  void operator()(const crashed& e) {
    if (s.status != instance_status::crashed) s.status_before_crash = s.status;
    s.status = instance_status::crashed;
    s.status_reason = e.reason;
    s.restarts = e.restarts;
  }
  void operator()(const unparked&) {
    s.status = s.status_before_crash;
    s.status_reason.clear();
    s.restarts = 0;
  }
  void operator()(const checkpointed&) {}
  void operator()(const ended& e) {
    s.status = e.status;
    s.why = e.why;
    s.ended_at = time;
    s.ending.reset();
    if (e.status == instance_status::failed && !s.compensated) return; // retry may go on from here
    s.lines.clear();
    s.runs.clear();
    s.undo_stack.clear();
    s.signals.clear();
    s.signal_bytes = 0;
  }
  void operator()(const noted&) {}
};

} // namespace

void apply(instance& state, const event& e, instant time) {
  std::visit(folder{state, time}, e);
  ++state.version;
  state.recorded_at = time;
  if (!std::holds_alternative<noted>(e) && !std::holds_alternative<late_result>(e)) state.updated_at = time;
}

} // namespace ropewalk::workflow
