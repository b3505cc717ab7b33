// Moving the lines: from phase to phase, into the branches of a parallel and the elements of a map, and out
// of them again, until each waits for somebody or something.

#include <algorithm>

#include "runtime/limits.hpp"
#include "runtime/workflow/condition.hpp"
#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/failures.hpp"
#include "runtime/workflow/input_template.hpp"
#include "runtime/workflow/json_digest.hpp"
#include "runtime/workflow/json_pointer.hpp"

namespace ropewalk::workflow {

void drafting::advance() {
  while (made_.events.size() < limits::decision_events && step()) {
  }
}

// One move in the order of lines and runs, so that the same state always moves the same way.
bool drafting::step() {
  if (s_.status == instance_status::compensating) return can_advance(s_) && undo_next();
  if (s_.status != instance_status::running) return false;
  for (const auto& [number, l] : s_.lines)
    if (can_advance(s_, l)) return go_on(number), true;
  for (const auto& [number, r] : s_.runs) {
    if (can_open(s_, r)) return open_next(number), true;
    if (const buffered_signal* b = signal_for(s_, r)) return take(r, *b), true;
  }
  if (const run* r = next_child(s_)) return begin_child(*r), true;
  return false;
}

void drafting::go_on(std::uint64_t number) {
  const line l = s_.lines.at(number);
  const run* r = find_run(s_, l.current);
  if (r && !l.again && r->status == run_status::failed) {
    const run_error why = *r->last_error;
    if (l.parent == 0) return stop(instance_status::failed, why);
    const std::string where = l.index ? "element " + std::to_string(*l.index) : "branch \"" + l.branch + '"';
    return fail_attempt(l.parent, {why.code, where + ": " + why.message},
                        retries_inside(phase_of(s_, s_.runs.at(l.parent)))); // it was tried as often as that allows
  }
  const phase* next = !r ? first_of(s_, l) : l.again ? &phase_of(s_, *r) : next_of(s_, *r);
  if (next) enter(number, *next);
  else leave(number);
}

void drafting::enter(std::uint64_t number, const phase& p) {
  if (s_.next_run > limits::phase_runs)
    return stop(instance_status::failed,
                {std::string(failure_code::too_many_phases),
                 "a workflow runs at most " + std::to_string(limits::phase_runs) + " phases; does it loop?"});
  const line& l = s_.lines.at(number);
  const std::uint64_t run = s_.next_run;
  if (p.when && !judge(*p.when, *s_.value)) return emit(skipped{run, number, p.name});
  scheduled e{run, number, p.name, 1, deadlines_for(p, p.does, nullptr), l.index, {}};
  if (const auto input = input_for(s_, p.does, item_of(s_, l), l.index.value_or(0)); input && *input)
    e.input_digest = digest_of(**input);
  if (p.until) {
    const auto until = fill(*p.until, {*s_.value, item_of(s_, l), static_cast<std::size_t>(l.index.value_or(0))});
    if (until && until->is_string())
      if (const auto at = parse_rfc3339(until->get_ref<const std::string&>())) e.due.timer = *at;
  }
  emit(std::move(e));
  begin_attempt(run);
}

void drafting::leave(std::uint64_t number) {
  const std::uint64_t parent = s_.lines.at(number).parent;
  if (parent == 0) return end(instance_status::completed, {});
  emit(line_closed{number});
  gathered(parent);
}

void drafting::gathered(std::uint64_t number) {
  const run& r = s_.runs.at(number);
  const bool more = r.gathers->items && r.gathers->opened < r.gathers->items->size();
  if (phase_of(s_, r).joined == join::first) {
    cancel_inside(number);
  } else if (more || !lines_of(s_, number).empty()) {
    return;
  }
  accept(number, gathered_result(s_.runs.at(number)), {});
}

json_value drafting::gathered_result(const run& r) const {
  const gathering& g = *r.gathers;
  if (!g.items) return json_value::object(); // the branches' own results are in the state
  const auto at = [&](std::size_t i) { return i < g.results.size() && g.results[i] ? *g.results[i] : json_value(); };
  if (phase_of(s_, r).joined == join::first) return g.closed == 0 ? json_value() : at(g.first);
  json_value all = json_value::array();
  for (std::size_t i = 0; i < g.items->size(); ++i) all.push_back(at(i));
  return all;
}

void drafting::open_next(std::uint64_t number) {
  emit(line_opened{s_.next_line, number, {}, s_.runs.at(number).gathers->opened});
}

std::optional<run_error> drafting::input_error(const run& r) const {
  if (r.input) return std::nullopt;
  const line* l = find_line(s_, r.line);
  const json_value* item = r.item ? r.item.get() : l && r.compensates == 0 ? item_of(s_, *l) : nullptr;
  const auto input = input_for(s_, work_of(s_, r), item, r.index.value_or(0));
  if (input) return std::nullopt;
  return run_error{input.error().type, input.error().detail};
}

void drafting::begin_attempt(std::uint64_t number) {
  const run& r = s_.runs.at(number);
  if (const auto why = input_error(r)) return fail_attempt(number, *why, true);
  switch (work_of(s_, r).kind) {
  case phase_kind::agent:
  case phase_kind::task:
  case phase_kind::local:
  case phase_kind::exec:
  case phase_kind::thread: return send_out(r, r.attempt == 1 && r.steps.empty());
  case phase_kind::workflow:
    if (next_child(s_) == &r) begin_child(r); // else step() does, when it is its turn
    return;
  case phase_kind::parallel: return begin_parallel(r);
  case phase_kind::map: return begin_map(r);
  case phase_kind::sleep: return begin_sleep(r);
  case phase_kind::wait: return; // step() takes what is buffered
  }
}

void drafting::send_out(const run& r, bool first) {
  const work& w = work_of(s_, r);
  if (is_worker(w.kind)) {
    deadlines due = r.due; // sent again after a restart or a refusal, its time begins now
    const auto begins_now = [this](std::optional<instant>& at, const std::optional<std::int64_t>& after_us) {
      if (at && after_us) at = std::max(*at, instant{now_.us + *after_us});
    };
    begins_now(due.attempt, w.limits.attempt_us);
    begins_now(due.heartbeat, w.limits.heartbeat_us);
    return send(
        dispatch{w.kind, r.number, r.attempt, r.phase, r.compensates != 0, w.target, w.arguments, r.input, due, first});
  }
  if (w.kind == phase_kind::thread)
    return send(post_to_thread{r.number, r.input->at("thread").get<std::string>(), r.input->at("message"),
                               w.create_thread, who_.id + ":" + std::to_string(r.number), r.attempt});
  if (w.kind != phase_kind::workflow || r.child.empty()) return;
  start how;
  how.definition = w.target;
  how.version = phase_of(s_, r).child_version;
  how.input = *r.input;
  how.parent = parent_run{who_.id, r.number};
  how.depth = s_.depth + 1;
  send(start_child{r.child, std::move(how), r.attempt});
}

result<std::string> drafting::child_of(const run& r, std::uint32_t attempt) const {
  const phase& p = phase_of(s_, r);
  std::string id = who_.id + "." + r.phase + "." + std::to_string(r.number);
  if (p.child_id) {
    const line& l = s_.lines.at(r.line);
    const auto chosen = fill(*p.child_id, {*s_.value, item_of(s_, l), static_cast<std::size_t>(l.index.value_or(0))});
    if (!chosen) return chosen.error();
    if (!chosen->is_string())
      return refusal(errc::invalid, std::string(code::bad_input), "the child's id is not a text");
    id = chosen->get<std::string>();
  } else if (id.size() > limits::id_bytes - 16) {
    id = digest_of(id) + "." + std::to_string(r.number);
  }
  if (attempt > 1) id += "." + std::to_string(attempt); // the ended child keeps its id
  if (id.empty() || id.size() > limits::id_bytes)
    return refusal(errc::invalid, std::string(code::bad_input),
                   "a child needs an id of 1 to " + std::to_string(limits::id_bytes) + " bytes");
  return id;
}

void drafting::begin_child(const run& r) {
  if (s_.depth >= limits::child_depth)
    return fail_attempt(
        r.number,
        {std::string(failure_code::too_deep), "children go at most " + std::to_string(limits::child_depth) +
                                                  " workflows deep, and this one is so already; does it start itself?"},
        true);
  auto id = child_of(r, r.attempt);
  if (!id) return fail_attempt(r.number, {id.error().type, id.error().detail}, true);
  if (!r.input->is_object())
    return fail_attempt(r.number, {std::string(code::bad_input), "a child needs an object as input"}, true);
  emit(child_started{r.number, *std::move(id)});
  send_out(s_.runs.at(r.number));
}

void drafting::begin_parallel(const run& r) {
  const std::uint64_t number = r.number;
  for (const branch& b : phase_of(s_, r).branches) emit(line_opened{s_.next_line, number, b.name, {}});
}

void drafting::begin_map(const run& r) {
  const std::string& over = phase_of(s_, r).over;
  if (!r.gathers->items) {
    const bool missing = !find_at(*s_.value, over);
    return fail_attempt(
        r.number,
        {std::string(missing ? failure_code::missing_input : code::bad_input),
         missing ? "the state has nothing at \"" + over + '"' : "what is at \"" + over + "\" is not an array"},
        true);
  }
  if (r.gathers->items->size() > limits::map_elements)
    return fail_attempt(
        r.number,
        {std::string(code::too_many_elements), "a map takes at most " + std::to_string(limits::map_elements) +
                                                   " elements, there are " + std::to_string(r.gathers->items->size())},
        true);
  if (r.gathers->items->empty()) gathered(r.number);
}

void drafting::begin_sleep(const run& r) {
  if (r.due.timer) return;
  const phase& p = phase_of(s_, r);
  const line& l = s_.lines.at(r.line);
  const auto until = fill(*p.until, {*s_.value, item_of(s_, l), static_cast<std::size_t>(l.index.value_or(0))});
  if (!until) return fail_attempt(r.number, {until.error().type, until.error().detail}, true);
  fail_attempt(r.number, {std::string(code::bad_input), "what the sleep is to last until is no RFC 3339 time"}, true);
}

void drafting::take(const run& r, const buffered_signal& b) {
  const std::uint64_t number = r.number;
  const shared_json payload = b.payload;
  const std::string id = b.id;
  emit(signal_taken{number, id});
  accept(number, *payload, "signal " + id);
}

} // namespace ropewalk::workflow
