#include "storage/workflow_summary.hpp"

#include <algorithm>
#include <array>

#include "runtime/limits.hpp"
#include "runtime/workflow/lines.hpp"

namespace ropewalk::storage {
namespace {

using workflow::instance_status;

// They change nothing here but the version; those with results and payloads are the largest.
constexpr std::array<std::string_view, 8> unread = {"late_result",  "step_begun", "step_completed", "signalled",
                                                    "signal_taken", "updated",    "checkpointed",   "noted"};

bool is_inside(workflow::phase_kind k) { return !workflow::is_outside(k); }

void sort_phases(const std::vector<workflow::phase>& list, workflow_summary& s) {
  for (const workflow::phase& p : list) {
    if (is_inside(p.does.kind)) s.inside[p.name] = {workflow::gathers_lines(p.does.kind), p.does.limits.total_us};
    if (p.does.kind == workflow::phase_kind::workflow) s.with_child.insert(p.name);
    for (const workflow::branch& b : p.branches) sort_phases(b.phases, s);
    sort_phases(p.each, s);
  }
}

status_result misfit(std::string_view field, std::uint64_t number) {
  return error{errc::corrupt, "misfit",
               "a recorded event names " + std::string(field) + " " + std::to_string(number) + ", which cannot be",
               std::string(field)};
}

struct fitter {
  const workflow_summary& s;

  status_result open_run(std::uint64_t number) const {
    const auto at = s.runs.find(number);
    return at != s.runs.end() && at->second.standing != run_standing::stopped ? ok() : misfit("run", number);
  }
  template <class Scheduled>
  status_result attempt(const Scheduled& e) const {
    const auto at = s.runs.find(e.run);
    if (at == s.runs.end()) return e.run == s.last_run + 1 ? ok() : misfit("run", e.run);
    return at->second.standing == run_standing::waiting ? ok() : misfit("attempt", e.attempt);
  }
  status_result operator()(const workflow::scheduled& e) const { return attempt(e); }
  status_result operator()(const workflow::compensation_scheduled& e) const { return attempt(e); }
  status_result operator()(const workflow::skipped& e) const {
    return e.run == s.last_run + 1 ? ok() : misfit("run", e.run);
  }
  status_result operator()(const workflow::timer_fired& e) const { return e.run == 0 ? ok() : open_run(e.run); }
  status_result operator()(const workflow::attempt_failed& e) const { return open_run(e.run); }
  status_result operator()(const workflow::completed& e) const { return open_run(e.run); }
  status_result operator()(const workflow::failed& e) const { return open_run(e.run); }
  status_result operator()(const workflow::cancelled& e) const { return open_run(e.run); }
  status_result operator()(const workflow::line_opened& e) const { return open_run(e.run); }
  status_result operator()(const workflow::child_started& e) const { return open_run(e.run); }
  status_result operator()(const workflow::compensation_completed& e) const { return open_run(e.run); }
  status_result operator()(const workflow::compensation_failed& e) const { return open_run(e.run); }
  status_result operator()(const workflow::ended& e) const {
    return workflow::is_over(e.status) ? ok() : misfit("status", static_cast<std::uint64_t>(e.status));
  }
  template <class Other>
  status_result operator()(const Other&) const {
    return ok();
  }
};

struct folder {
  workflow_summary& s;
  instant time;

  bool gathers(const summarized_run& r) const {
    const auto at = s.inside.find(r.phase);
    return !r.compensates && at != s.inside.end() && at->second.gathers;
  }
  // Everything on the lines of a parallel; a map's elements end by events of their own.
  void drop_inside(std::uint64_t run) {
    std::vector<std::uint64_t> lines;
    for (const auto& [line, parent] : s.branches)
      if (parent == run) lines.push_back(line);
    for (const std::uint64_t line : lines) {
      s.branches.erase(line);
      drop_line(line);
    }
  }
  void drop_line(std::uint64_t line) {
    std::vector<std::uint64_t> runs;
    for (const auto& [number, r] : s.runs)
      if (r.line == line && !r.compensates) runs.push_back(number);
    for (const std::uint64_t number : runs) {
      drop_inside(number);
      s.runs.erase(number);
    }
  }
  void leave(summarized_run& r) {
    if (!r.child.empty()) s.leaving.insert(r.child);
    r.child.clear();
  }
  void stop(std::uint64_t number) {
    summarized_run& r = s.runs.at(number);
    leave(r);
    if (gathers(r)) r.standing = run_standing::stopped;
    else s.runs.erase(number);
  }

  void operator()(const workflow::started& e) {
    const workflow::definition& d = e.definition->read;
    s.definition = d.name;
    s.definition_version = d.version;
    s.attributes = e.attributes;
    s.parent = e.parent;
    s.branched_from = e.branched_from;
    s.deadline = e.deadline;
    s.created_at = time;
    s.status = instance_status::running;
    sort_phases(d.phases, s);
    if (e.branched_from) take_over(e);
  }
  // The other instance's parallels and maps go on; its other open runs are run anew at once.
  void take_over(const workflow::started& e) {
    workflow::instance begun;
    workflow::apply(begun, e, time);
    s.last_run = begun.next_run - 1;
    for (const auto& [number, l] : begun.lines)
      if (number != 0 && !l.index) s.branches[number] = l.parent;
    for (const auto& [number, r] : begun.runs) {
      const workflow::line* l = workflow::find_line(begun, r.line);
      if (!workflow::is_open(r.status) || !l || l->again) continue;
      s.runs[number] = {r.phase, r.line, false, run_standing::scheduled, r.due, {}, {}, r.attempt_at};
    }
  }

  template <class Scheduled>
  void attempt(const Scheduled& e, std::uint64_t line, bool compensates) {
    if (const auto at = s.runs.find(e.run); at != s.runs.end()) {
      at->second.standing = run_standing::scheduled;
      at->second.due = e.due;
      at->second.retry_at.reset();
      at->second.attempt_at = time;
      return;
    }
    if (!compensates) drop_line(line);
    s.last_run = e.run;
    s.runs[e.run] = {e.phase, line, compensates, run_standing::scheduled, e.due, {}, {}, time};
  }
  void operator()(const workflow::scheduled& e) { attempt(e, e.line, false); }
  void operator()(const workflow::compensation_scheduled& e) { attempt(e, 0, true); }
  void operator()(const workflow::skipped& e) {
    drop_line(e.line);
    s.last_run = e.run;
  }
  void operator()(const workflow::attempt_failed& e) {
    summarized_run& r = s.runs.at(e.run);
    r.standing = run_standing::waiting;
    r.retry_at = e.retry_at;
    leave(r);
    drop_inside(e.run);
  }
  void operator()(const workflow::completed& e) {
    drop_inside(e.run);
    s.runs.erase(e.run);
  }
  void operator()(const workflow::failed& e) {
    s.failed_phase = s.runs.at(e.run).phase;
    stop(e.run);
  }
  void operator()(const workflow::cancelled& e) { stop(e.run); }
  void operator()(const workflow::compensation_completed& e) { s.runs.erase(e.run); }
  void operator()(const workflow::compensation_failed& e) { s.runs.erase(e.run); }
  void operator()(const workflow::timer_fired& e) {
    if (e.run == 0) s.deadline.reset();
    else s.runs.at(e.run).due.timer.reset();
  }
  void operator()(const workflow::line_opened& e) {
    if (!e.index) s.branches[e.line] = e.run;
  }
  void operator()(const workflow::line_closed& e) {
    s.branches.erase(e.line);
    drop_line(e.line);
  }
  void operator()(const workflow::child_started& e) {
    summarized_run& r = s.runs.at(e.run);
    r.child = e.child;
    // One that waited for its turn: its time begins now.
    if (r.due.attempt && time > r.attempt_at) r.due.attempt->us += time.us - r.attempt_at.us;
  }
  void operator()(const workflow::child_left& e) {
    s.leaving.erase(e.child);
    if (const auto r = s.runs.find(e.run); r != s.runs.end() && r->second.child == e.child) r->second.child.clear();
  }
  void operator()(const workflow::paused& e) { s.status = instance_status::paused, s.status_reason = e.reason; }
  void operator()(const workflow::resumed&) { s.status = instance_status::running, s.status_reason.clear(); }
  void operator()(const workflow::cancel_requested& e) {
    s.status = instance_status::compensating;
    s.status_reason = e.reason;
  }
  void operator()(const workflow::stopping&) { s.status = instance_status::compensating; }
  void operator()(const workflow::terminated& e) {
    s.status_reason = e.reason;
    for (auto& [number, r] : s.runs) leave(r);
    s.runs.clear();
    s.branches.clear();
  }
  // What of these has no lines left is run anew at once, on the same line.
  void operator()(const workflow::retried& e) {
    s.status = instance_status::running;
    s.status_reason = e.reason;
    s.why = {};
    s.ended_at = {};
    s.deadline = e.deadline;
    for (auto& [number, r] : s.runs) {
      if (r.standing != run_standing::stopped) continue;
      r.standing = run_standing::scheduled;
      r.due = {};
      if (const auto total = s.inside.at(r.phase).total_us) r.due.total = instant{time.us + *total};
    }
  }
  void operator()(const workflow::crashed& e) {
    if (s.status != instance_status::crashed) s.before_crash = s.status;
    s.status = instance_status::crashed;
    s.status_reason = e.reason;
    s.restarts = e.restarts;
  }
  void operator()(const workflow::unparked&) {
    s.status = s.before_crash;
    s.status_reason.clear();
    s.restarts = 0;
  }
  void operator()(const workflow::ended& e) {
    s.status = e.status;
    s.why = e.why;
    s.ended_at = time;
    if (e.status == instance_status::failed) return; // retry may go on from here
    s.runs.clear();
    s.branches.clear();
  }
  template <class Unread>
  void operator()(const Unread&) {}
};

// As workflow::waits_for_turn().
bool waits_for_turn(const workflow_summary& s, const summarized_run& r) {
  return r.standing == run_standing::scheduled && !r.compensates && r.child.empty() && s.with_child.contains(r.phase);
}

// What undoes a phase is always somebody's outside.
bool is_held_outside(const workflow_summary& s, const summarized_run& r) {
  return r.compensates || !s.inside.contains(r.phase);
}

} // namespace

status_result apply_entry(workflow_summary& s, const entry_draft& draft) {
  if (draft.version != s.version + 1)
    return error{errc::corrupt,
                 "version_gap",
                 "entry of version " + std::to_string(draft.version) + " after version " + std::to_string(s.version),
                 {}};
  if ((s.status == instance_status::absent) != (draft.type == "started"))
    return error{errc::corrupt, "misfit", "the first recorded event, and only that, is the start", {}};
  if (std::find(unread.begin(), unread.end(), draft.type) == unread.end()) {
    const auto e = workflow::decode_event(draft.type, draft.body);
    if (!e) return e.error();
    if (auto fine = std::visit(fitter{s}, *e); !fine) return fine;
    std::visit(folder{s, draft.time}, *e);
  }
  ++s.version;
  s.events_at_once = draft.time == s.recorded_at ? s.events_at_once + 1 : 1;
  s.recorded_at = draft.time;
  if (draft.type != "noted" && draft.type != "late_result") s.updated_at = draft.time;
  return ok();
}

std::optional<instant> wake_at(const workflow_summary& s) {
  const bool running = s.status == instance_status::running, paused = s.status == instance_status::paused;
  if (!running && !paused && s.status != instance_status::compensating) return std::nullopt;
  if (!paused && s.events_at_once >= limits::decision_events) return s.recorded_at;
  std::optional<instant> earliest;
  const auto consider = [&earliest](const std::optional<instant>& at) {
    if (at && (!earliest || *at < *earliest)) earliest = at;
  };
  if (running) consider(s.deadline);
  for (const auto& [number, r] : s.runs) {
    if (r.standing == run_standing::stopped) continue;
    const bool outside = is_held_outside(s, r);
    if (paused && (r.standing == run_standing::waiting || !outside)) continue;
    consider(r.due.total);
    if (r.standing == run_standing::waiting) {
      consider(r.retry_at);
      continue;
    }
    consider(r.due.timer);
    if (waits_for_turn(s, r)) continue;
    for (const auto& at : {r.due.attempt, r.due.start, r.due.heartbeat}) consider(at);
  }
  return earliest;
}

bool needs_recovery(const workflow_summary& s) noexcept {
  if (!s.leaving.empty()) return true;
  const bool paused = s.status == instance_status::paused;
  if (!paused && s.status != instance_status::running && s.status != instance_status::compensating) return false;
  if (!paused && s.events_at_once >= limits::decision_events) return true;
  return std::any_of(s.runs.begin(), s.runs.end(), [&](const auto& r) {
    return r.second.standing == run_standing::scheduled && is_held_outside(s, r.second);
  });
}

bool waits_for_children(const workflow_summary& s) noexcept {
  return needs_recovery(s) && (!s.leaving.empty() || std::any_of(s.runs.begin(), s.runs.end(), [](const auto& r) {
                                return r.second.standing == run_standing::scheduled && !r.second.child.empty();
                              }));
}

std::string current_phase(const workflow_summary& s) {
  if (s.status == instance_status::failed) return s.failed_phase;
  std::string text;
  std::set<std::string_view> named;
  for (const auto& [number, r] : s.runs)
    if (r.standing != run_standing::stopped && named.insert(r.phase).second)
      text += (text.empty() ? "" : ", ") + r.phase;
  return text;
}

} // namespace ropewalk::storage
