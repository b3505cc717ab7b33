#include "runtime/workflow/lines.hpp"

#include <algorithm>

#include "runtime/invariant.hpp"
#include "runtime/limits.hpp"
#include "runtime/workflow/condition.hpp"
#include "runtime/workflow/failures.hpp"
#include "runtime/workflow/input_template.hpp"
#include "runtime/workflow/json_pointer.hpp"
#include "runtime/workflow/merge_patch.hpp"

namespace ropewalk::workflow {
namespace {

std::uint32_t pointer_depth(std::string_view pointer) {
  return static_cast<std::uint32_t>(std::count(pointer.begin(), pointer.end(), '/'));
}

// The parallel or map that the run is in; nullptr for one on the root line, and for a compensation.
const run* run_around(const instance& s, const run& r) {
  const line* l = r.compensates == 0 ? find_line(s, r.line) : nullptr;
  return l && l->parent != 0 ? find_run(s, l->parent) : nullptr;
}

} // namespace

const run* find_run(const instance& s, std::uint64_t number) noexcept {
  const auto at = s.runs.find(number);
  return at == s.runs.end() ? nullptr : &at->second;
}

const line* find_line(const instance& s, std::uint64_t number) noexcept {
  const auto at = s.lines.find(number);
  return at == s.lines.end() ? nullptr : &at->second;
}

const phase& phase_of(const instance& s, const run& r) {
  const phase* p = find_phase(s.definition->read, r.phase);
  INVARIANT(p != nullptr, r.phase);
  return *p;
}

const work& work_of(const instance& s, const run& r) {
  const phase& p = phase_of(s, r);
  return r.compensates != 0 ? *p.compensate : p.does;
}

const phase* first_of(const instance& s, const line& l) {
  const auto front = [](const std::vector<phase>& list) { return list.empty() ? nullptr : &list.front(); };
  if (l.parent == 0) return front(s.definition->read.phases);
  const run* parent = find_run(s, l.parent);
  INVARIANT(parent != nullptr, l.parent);
  const phase& p = phase_of(s, *parent);
  if (l.index) return front(p.each);
  for (const branch& b : p.branches)
    if (b.name == l.branch) return front(b.phases);
  return nullptr;
}

const phase* next_of(const instance& s, const run& r) {
  const auto place = locate(s.definition->read, r.phase);
  INVARIANT(place.has_value(), r.phase);
  const auto named = [&](const std::string& to) -> const phase* {
    if (to.empty()) return nullptr;
    const auto found =
        std::find_if(place->list->begin(), place->list->end(), [&](const phase& p) { return p.name == to; });
    return found == place->list->end() ? nullptr : &*found;
  };
  const phase& p = place->get();
  if (r.by_deadline && p.on_deadline) return named(*p.on_deadline);
  for (const transition& t : p.next)
    if (!t.when || judge(*t.when, *s.value)) return named(t.to);
  return place->index + 1 < place->list->size() ? &(*place->list)[place->index + 1] : nullptr;
}

bool retries_inside(const phase& p) noexcept {
  return p.does.kind == phase_kind::parallel || (p.does.kind == phase_kind::map && p.joined == join::all);
}

policies policies_of(const instance& s, const run& r) {
  policies found{&work_of(s, r).retry};
  for (const run* at = run_around(s, r); at && retries_inside(phase_of(s, *at)); at = run_around(s, *at))
    found.push_back(&work_of(s, *at).retry);
  return found;
}

std::optional<instant> total_due(const instance& s, const run& r) {
  std::optional<instant> earliest = r.due.total;
  for (const run* at = run_around(s, r); at; at = run_around(s, *at))
    if (at->due.total && (!earliest || *at->due.total < *earliest)) earliest = at->due.total;
  return earliest;
}

std::vector<std::uint64_t> lines_of(const instance& s, std::uint64_t run) {
  std::vector<std::uint64_t> found;
  for (const auto& [number, l] : s.lines)
    if (number != 0 && l.parent == run) found.push_back(number);
  return found;
}

std::vector<std::uint64_t> open_runs_inside(const instance& s, std::uint64_t number) {
  std::vector<std::uint64_t> found;
  for (const std::uint64_t l : lines_of(s, number)) {
    const run* r = find_run(s, s.lines.at(l).current);
    if (!r) continue;
    const auto deeper = open_runs_inside(s, r->number);
    found.insert(found.end(), deeper.begin(), deeper.end());
    if (is_open(r->status)) found.push_back(r->number);
  }
  return found;
}

const json_value* item_of(const instance& s, const line& l) {
  if (!l.index) return nullptr;
  const run* parent = find_run(s, l.parent);
  if (!parent || !parent->gathers || !parent->gathers->items || *l.index >= parent->gathers->items->size())
    return nullptr;
  return &(*parent->gathers->items)[*l.index];
}

bool can_open(const instance& s, const run& r) {
  if (r.status != run_status::scheduled || !r.gathers || !r.gathers->items) return false;
  const gathering& g = *r.gathers;
  if (g.opened >= g.items->size()) return false;
  std::size_t busy = 0;
  for (const auto& [number, l] : s.lines)
    if (number != 0 && l.parent == r.number) {
      const run* current = find_run(s, l.current);
      if (!current || current->status != run_status::failed) ++busy;
    }
  return busy < phase_of(s, r).concurrency;
}

const run* next_child(const instance& s) {
  const auto& most = limits::children_at_once;
  const std::size_t places = most[std::min<std::size_t>(s.depth, most.size() - 1)];
  std::size_t taken = s.leaving.size(); // they live on until they say that they do not
  const run* first = nullptr;
  for (const auto& [number, r] : s.runs) {
    if (!r.child.empty() && is_open(r.status)) ++taken;
    else if (!first && waits_for_turn(s, r)) first = &r;
  }
  return taken < places ? first : nullptr;
}

bool is_lost(const instance& s, const line& l) {
  if (l.parent == 0) return true;
  const run& parent = s.runs.at(l.parent);
  if (phase_of(s, parent).joined == join::all) return true;
  if (parent.gathers->items && parent.gathers->opened < parent.gathers->items->size()) return false;
  const auto siblings = lines_of(s, l.parent);
  return std::all_of(siblings.begin(), siblings.end(), [&](std::uint64_t n) {
    const run* r = find_run(s, s.lines.at(n).current);
    return r && r->status == run_status::failed && !s.lines.at(n).again;
  });
}

bool can_advance(const instance& s, const line& l) {
  if (l.parent != 0) {
    const run* parent = find_run(s, l.parent);
    if (!parent || parent->status != run_status::scheduled) return false;
  }
  const run* r = find_run(s, l.current);
  if (!r || l.again) return true;
  if (r->status == run_status::completed || r->status == run_status::skipped) return true;
  return r->status == run_status::failed && is_lost(s, l);
}

const buffered_signal* signal_for(const instance& s, const run& r) {
  if (s.signals.empty() || r.status != run_status::scheduled) return nullptr;
  const work& w = work_of(s, r);
  if (w.kind != phase_kind::wait) return nullptr;
  const auto at =
      std::find_if(s.signals.begin(), s.signals.end(), [&](const buffered_signal& b) { return b.name == w.target; });
  return at == s.signals.end() ? nullptr : &*at;
}

bool can_advance(const instance& s) {
  if (s.status == instance_status::compensating)
    return s.leaving.empty() &&
           std::none_of(s.runs.begin(), s.runs.end(), [](const auto& r) { return r.second.compensates != 0; });
  if (s.status != instance_status::running) return false;
  return std::any_of(s.lines.begin(), s.lines.end(), [&](const auto& l) { return can_advance(s, l.second); }) ||
         std::any_of(s.runs.begin(), s.runs.end(),
                     [&](const auto& r) { return can_open(s, r.second) || signal_for(s, r.second) != nullptr; }) ||
         next_child(s) != nullptr;
}

result<shared_json> input_for(const instance& s, const work& w, const json_value* item, std::uint64_t index) {
  const template_scope scope{*s.value, item, static_cast<std::size_t>(index)};
  if (w.kind == phase_kind::thread) {
    auto thread = fill(w.thread, scope);
    if (!thread) return thread.error();
    auto message = fill(w.message, scope);
    if (!message) return message.error();
    if (!thread->is_string() || thread->get_ref<const std::string&>().empty() ||
        thread->get_ref<const std::string&>().size() > limits::id_bytes)
      return error{errc::invalid, std::string(code::bad_input),
                   "the thread's id is not a text of 1 to " + std::to_string(limits::id_bytes) + " bytes", "thread"};
    if (!message->is_object())
      return error{errc::invalid, std::string(code::bad_input), "the thread's message is not an object", "message"};
    return shared_json(
        std::make_shared<json_value>(json_value{{"thread", *std::move(thread)}, {"message", *std::move(message)}}));
  }
  if (!is_worker(w.kind) && w.kind != phase_kind::workflow) return shared_json();
  if (!w.input) return s.value;
  auto filled = fill(*w.input, scope);
  if (!filled) return filled.error();
  return shared_json(std::make_shared<json_value>(*std::move(filled)));
}

placement placement_of(const instance& s, const run& r) {
  if (r.compensates != 0) return placement::none;
  if (const line* l = find_line(s, r.line); l && l->index) return placement::gathered;
  if (r.by_deadline) return placement::none; // nothing came
  const phase& p = phase_of(s, r);
  switch (p.result) {
  case result_rule::discard: return placement::none;
  case result_rule::put: return placement::put;
  case result_rule::merge: break;
  }
  // What these give is about themselves: it is in the state only where the definition puts it.
  const bool about_itself =
      gathers_lines(p.does.kind) || p.does.kind == phase_kind::thread || p.does.kind == phase_kind::sleep;
  return about_itself ? placement::none : placement::merged;
}

status_result can_take(const instance& s, const run& r, const json_value& result) {
  const auto too_large = [] {
    return error{errc::too_large,
                 std::string(code::state_too_large),
                 "the state would be more than " + std::to_string(limits::workflow_state_bytes) + " bytes",
                 {}};
  };
  const auto where = placement_of(s, r);
  if (where == placement::none) return ok();
  const std::uint64_t bytes = compact_bytes(result, limits::workflow_state_bytes + 1);
  if (where == placement::gathered) {
    const run& parent = s.runs.at(s.lines.at(r.line).parent);
    if (parent.gathers->result_bytes + bytes > limits::workflow_state_bytes) return too_large();
    return ok();
  }
  if (where == placement::merged) {
    if (!result.is_object())
      return error{errc::invalid, std::string(code::bad_result),
                   "the result must be an object to be merged into the state", "result"};
    if (s.value_bytes + bytes <= limits::workflow_state_bytes) return ok();
    json_value merged = *s.value;
    merge_patch(merged, result);
    if (compact_bytes(merged, limits::workflow_state_bytes + 1) > limits::workflow_state_bytes) return too_large();
    return ok();
  }
  const std::string& pointer = phase_of(s, r).result_at;
  const std::uint32_t parents = pointer_depth(pointer);
  if (parents >= limits::json_depth || deeper_than(result, limits::json_depth - parents))
    return error{errc::too_large,
                 std::string(code::state_too_large),
                 "the state would be nested more than " + std::to_string(limits::json_depth) + " deep",
                 {}};
  json_value changed = *s.value;
  if (auto put = put_at(changed, pointer, result); !put)
    return error{errc::conflict, std::string(code::bad_result),
                 "the result cannot be put at \"" + pointer + "\": the place " + put.error().detail, put.error().field};
  if (!changed.is_object())
    return error{errc::invalid, std::string(code::bad_result), "the state must stay an object", "result"};
  if (compact_bytes(changed, limits::workflow_state_bytes + 1) > limits::workflow_state_bytes) return too_large();
  return ok();
}

} // namespace ropewalk::workflow
