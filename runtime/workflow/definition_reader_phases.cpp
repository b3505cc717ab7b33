// Lists of phases: names, order, results, and the kinds that hold phases.
#include <algorithm>

#include "runtime/instant.hpp"
#include "runtime/limits.hpp"
#include "runtime/workflow/condition.hpp"
#include "runtime/workflow/definition_reader.hpp"
#include "runtime/workflow/input_template.hpp"

namespace ropewalk::workflow {
namespace {

constexpr std::string_view end_of_list = "end";

constexpr std::string_view common_fields[] = {"name", "run",   "description", "when",
                                              "next", "retry", "timeouts",    "compensate"};

condition read_condition(const document_value& document) {
  check_condition(document);
  return {document.json()};
}

// A phase's name, or "" for the end. Whether the list has it is known once the list is read.
std::string read_goal(const document_value& document) {
  std::string goal = document.identifier(limits::definition_name_bytes);
  return goal == end_of_list ? std::string() : goal;
}

transition read_choice(const document_value& document) {
  constexpr std::string_view fields[] = {"when", "to"};
  transition t;
  document.has_only("a transition", fields);
  if (const auto when = document.require("when")) t.when = read_condition(*when);
  if (const auto to = document.require("to")) t.to = read_goal(*to);
  return t;
}

std::vector<transition> read_next(const document_value& document) {
  if (document.json().is_string()) return {{std::nullopt, read_goal(document)}};
  std::vector<transition> next;
  if (!document.json().is_array()) {
    document.refuse("must be a phase's name, \"end\" or an array that ends with one");
    return next;
  }
  if (!document.is_array(1, limits::transitions, "transitions")) return next;
  const std::size_t last = document.json().size() - 1;
  for (std::size_t i = 0; i <= last; ++i) {
    const document_value choice = document.element(i);
    if (i != last && choice.json().is_string())
      choice.refuse("must have a condition: what stands behind it is never reached");
    else if (i != last) next.push_back(read_choice(choice));
    else if (choice.json().is_string()) next.push_back({std::nullopt, read_goal(choice)});
    else choice.refuse("must be a phase's name or \"end\": where to go if no condition holds");
  }
  return next;
}

void read_result(const document_value& document, phase& p) {
  const std::string rule = document.text(limits::json_pointer_bytes);
  if (rule == "discard") {
    p.result = result_rule::discard;
  } else if (rule == "merge" && p.does.kind != phase_kind::map) {
    p.result = result_rule::merge;
  } else if (rule.starts_with('/')) {
    p.result = result_rule::put;
    p.result_at = document.json_pointer();
  } else if (p.does.kind == phase_kind::map) {
    document.refuse("must be \"discard\" or a JSON pointer such as \"/designs\": a map gives an array");
  } else {
    document.refuse("must be \"merge\", \"discard\" or a JSON pointer such as \"/design\"");
  }
}

work read_compensation(const document_value& document, const work_defaults& defaults, bool inside_map) {
  if (!document.is_object()) return {};
  const auto run = document.require("run");
  if (!run) return {};
  const phase_kind kind = read_kind(*run, true);
  constexpr std::string_view fields[] = {"run", "retry", "timeouts"};
  document.has_only("a compensation by " + std::string(fields_of(kind).name), fields, fields_of(kind).fields);
  return read_work(document, kind, defaults, inside_map);
}

void read_wait(const document_value& document, phase& p) {
  const auto deadline = document.find("deadline");
  if (deadline) p.deadline_us = deadline->duration_us();
  if (const auto goal = document.find("on_deadline")) {
    p.on_deadline = read_goal(*goal);
    if (!deadline) goal->refuse("needs a deadline beside it");
  }
}

void read_sleep(const document_value& document, bool inside_map, phase& p) {
  const auto how_long = document.find("for");
  const auto until = document.find("until");
  if (how_long.has_value() == until.has_value()) return document.refuse("must have one of for, until");
  if (how_long) {
    p.for_us = how_long->duration_us();
    return;
  }
  p.until = read_text_template(*until, inside_map);
  if (p.until->is_string())
    if (const auto t = parse_rfc3339(p.until->get_ref<const std::string&>()); !t)
      until->refuse("must be an RFC 3339 time: " + t.error().detail);
}

void read_child(const document_value& document, bool inside_map, phase& p) {
  if (const auto version = document.find("version"))
    p.child_version = static_cast<std::uint32_t>(version->whole(1, limits::definition_version));
  if (const auto id = document.find("id")) p.child_id = read_text_template(*id, inside_map);
}

join read_join(const document_value& document) {
  const auto word = document.find("join");
  return word && word->one_of({"all", "first"}) == 1 ? join::first : join::all;
}

// Transitions stay within the phase's list.
void check_goals(const document_value& document, const phase& p, const std::vector<phase>& list) {
  const auto check = [&list](const document_value& at, const std::string& goal) {
    const auto is_goal = [&goal](const phase& other) { return other.name == goal; };
    if (!goal.empty() && std::none_of(list.begin(), list.end(), is_goal))
      at.refuse("names no phase of the same list: \"" + goal + '"');
  };
  if (p.on_deadline) check(*document.find("on_deadline"), *p.on_deadline);
  if (p.next.empty()) return;
  const document_value next = *document.find("next");
  if (!next.json().is_array()) return check(next, p.next.front().to);
  for (std::size_t i = 0; i < p.next.size(); ++i) {
    const document_value choice = next.element(i);
    const auto to = choice.find("to");
    check(to ? *to : choice, p.next[i].to);
  }
}

} // namespace

std::vector<phase> phase_reader::list(const document_value& document, std::uint32_t nesting) {
  std::vector<phase> phases;
  if (!document.is_array(1, limits::phases, "phases")) return phases;
  phases.reserve(document.json().size());
  for (std::size_t i = 0; i < document.json().size(); ++i) phases.push_back(one(document.element(i), nesting, false));
  for (std::size_t i = 0; i < phases.size() && !document.refused(); ++i)
    check_goals(document.element(i), phases[i], phases);
  return phases;
}

phase phase_reader::one(const document_value& document, std::uint32_t nesting, bool inside_map) {
  phase p;
  if (++count_ == limits::phases + 1)
    document.refuse("is one phase too many: a definition has at most " + std::to_string(limits::phases) + " in all");
  if (count_ > limits::phases || !document.is_object()) return p;
  const auto name = document.require("name");
  const auto run = document.require("run");
  if (!name || !run) return p;
  p.name = name->identifier(limits::definition_name_bytes);
  if (p.name == end_of_list) name->refuse("must not be \"end\", which is where transitions leave a list");
  if (!names_.insert(p.name).second) name->refuse("is the name of another phase already: \"" + p.name + '"');

  const phase_kind kind = read_kind(*run, false);
  if (inside_map && (kind == phase_kind::parallel || kind == phase_kind::map))
    run->refuse("must be neither parallel nor map inside a map; a child workflow may be either");
  if (document.refused()) return p;
  const kind_fields& is = fields_of(kind);
  std::vector<std::string_view> fields(is.fields.begin(), is.fields.end());
  if (is.has_result && !inside_map) fields.push_back("result");
  document.has_only(std::string(is.name) + (inside_map ? " phases in a map" : " phases"), common_fields, fields);
  p.does = read_work(document, kind, defaults_, inside_map);
  read_own_fields(document, nesting, inside_map, p);
  return p;
}

void phase_reader::read_own_fields(const document_value& document, std::uint32_t nesting, bool inside_map, phase& p) {
  const phase_kind kind = p.does.kind;
  if (const auto v = document.find("description")) p.description = v->text(limits::description_bytes);
  if (const auto v = document.find("when")) p.when = read_condition(*v);
  if (const auto v = document.find("next")) p.next = read_next(*v);
  if (inside_map || !fields_of(kind).has_result || kind == phase_kind::map) p.result = result_rule::discard;
  if (const auto v = document.find("result")) read_result(*v, p);
  if (const auto v = document.find("compensate")) p.compensate = read_compensation(*v, defaults_, inside_map);
  switch (kind) {
  case phase_kind::wait: return read_wait(document, p);
  case phase_kind::sleep: return read_sleep(document, inside_map, p);
  case phase_kind::workflow: return read_child(document, inside_map, p);
  case phase_kind::parallel: return read_parallel(document, nesting, p);
  case phase_kind::map: return read_map(document, nesting, p);
  default: return;
  }
}

void phase_reader::read_parallel(const document_value& document, std::uint32_t nesting, phase& p) {
  p.joined = read_join(document);
  const auto branches = document.require("branches");
  if (!branches || !branches->is_object()) return;
  if (nesting == limits::phase_nesting)
    return branches->refuse("is nested more than " + std::to_string(limits::phase_nesting) + " deep");
  const auto& members = branches->json().get_ref<const json_value::object_t&>();
  if (members.size() < 2 || members.size() > limits::parallel_branches)
    return branches->refuse("must have 2 to " + std::to_string(limits::parallel_branches) + " branches");
  for (const auto& [name, phases] : members) {
    if (!is_identifier(name, limits::definition_name_bytes))
      return branches->refuse("must have names of " + identifier_rule(limits::definition_name_bytes));
    p.branches.push_back({name, list(branches->member(name, phases), nesting + 1)});
  }
}

void phase_reader::read_map(const document_value& document, std::uint32_t nesting, phase& p) {
  p.joined = read_join(document);
  if (const auto over = document.require("over")) {
    p.over = over->json_pointer();
    if (p.over.empty()) over->refuse("must point to an array in the state, which is an object itself");
  }
  if (const auto v = document.find("concurrency"))
    p.concurrency = static_cast<std::uint32_t>(v->whole(1, limits::map_concurrency));
  const auto each = document.require("do");
  if (!each) return;
  if (nesting == limits::phase_nesting)
    return each->refuse("is nested more than " + std::to_string(limits::phase_nesting) + " deep");
  p.each.push_back(one(*each, nesting + 1, true));
  if (!each->refused()) check_goals(*each, p.each.front(), p.each);
}

} // namespace ropewalk::workflow
