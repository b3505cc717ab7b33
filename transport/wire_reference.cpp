// docs/wire.md from the verb table. A test compares the file with this text.

#include "runtime/limits.hpp"
#include "runtime/schedule/limits.hpp"
#include "transport/problem.hpp"
#include "transport/request_decoder.hpp"
#include "transport/verb_table.hpp"
#include "transport/wire_reference_schedules.hpp"
#include "transport/wire_reference_shapes.hpp"
#include "transport/wire_reference_text.hpp"
#include "transport/wire_reference_workflows.hpp"

namespace ropewalk::transport {
namespace {

std::string bytes_text(std::int64_t bytes) {
  if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) return std::to_string(bytes >> 20) + " MiB";
  if (bytes >= 1024 && bytes % 1024 == 0) return std::to_string(bytes / 1024) + " KiB";
  return std::to_string(bytes) + " bytes";
}

std::string range_text(std::int64_t min, std::int64_t max) {
  return std::to_string(min) + " to " + std::to_string(max);
}

std::string string_text(const field_spec& f) {
  return f.min > 0 ? std::to_string(f.min) + " to " + bytes_text(f.max) : "at most " + bytes_text(f.max);
}

std::string type_text(const field_spec& f) {
  switch (f.type) {
  case field_type::text:
  case field_type::id: return "string, " + string_text(f);
  case field_type::document: return "string, " + string_text(f);
  case field_type::cursor: return "string";
  case field_type::identifier: return "identifier of at most " + std::to_string(f.max) + " characters";
  case field_type::pointer: return "JSON pointer, " + string_text(f);
  case field_type::choice: {
    std::string text;
    for (const std::string_view c : f.choices) text += (text.empty() ? "`" : ", `") + std::string(c) + '`';
    return text;
  }
  case field_type::integer: return "integer, " + range_text(f.min, f.max);
  case field_type::boolean: return "boolean";
  case field_type::time: return "time";
  case field_type::metadata: return "object, at most " + bytes_text(f.max);
  case field_type::json: return "any JSON, at most " + bytes_text(f.max);
  case field_type::attributes: return "attributes, at most " + std::to_string(f.count);
  case field_type::texts: return "array of at most " + std::to_string(f.count) + " strings, each " + string_text(f);
  case field_type::object: return "object";
  case field_type::content: return "content, at most " + bytes_text(f.max);
  case field_type::tool_calls: return "tool calls";
  case field_type::messages:
    return "array of " + range_text(f.min, f.count) + " messages, at most " + bytes_text(f.max);
  }
  return {};
}

void add_fields(std::string& out, std::span<const field_spec> fields, const std::string& path) {
  for (const field_spec& f : fields) {
    const std::string at = path + std::string(f.name);
    out += "| `" + at + "` | " + type_text(f) + " | ";
    out += f.required ? "required" : f.fallback.empty() ? "" : "`" + std::string(f.fallback) + '`';
    out += " | " + std::string(f.doc) + " |\n";
    // The fields of a message stand once, under thread.append.
    if (f.type == field_type::object) add_fields(out, f.inner, at + '.');
  }
}

std::string rule_text(const rule_spec& rule) {
  std::string names;
  const auto rest = rule.kind == rule_kind::not_beside ? rule.fields.subspan(1) : rule.fields;
  for (const std::string_view f : rest) names += (names.empty() ? "`" : ", `") + std::string(f) + '`';
  switch (rule.kind) {
  case rule_kind::exactly_one: return "Exactly one of " + names + " is given.";
  case rule_kind::at_most_one: return "At most one of " + names + " is given.";
  case rule_kind::at_least_one: return "At least one of " + names + " is given.";
  case rule_kind::not_beside: return "`" + std::string(rule.fields.front()) + "` stands beside none of " + names + '.';
  }
  return {};
}

std::string subject_text(const verb_spec& v) {
  const std::string verb(v.verb);
  switch (v.noun) {
  case noun::thread: return "rw.v1.<org>.thread.<id>." + verb;
  case noun::threads: return "rw.v1.<org>.threads." + verb;
  case noun::workflow: return "rw.v1.<org>.workflow.<id>." + verb;
  case noun::workflows: return "rw.v1.<org>.workflows." + verb;
  case noun::schedule: return "rw.v1.<org>.schedule.<name>." + verb;
  case noun::schedules: return "rw.v1.<org>.schedules." + verb;
  case noun::node: return "rw.node.<name>." + verb;
  }
  return {};
}

void add_verb(std::string& out, const verb_spec& v) {
  out += "\n### " + full_name(v) + "\n\n`" + subject_text(v) + "` · " + (v.writes ? "write" : "read") + "\n\n";
  out += std::string(v.doc) + "\n\n";
  if (v.fields.empty()) {
    out += "No fields.\n\n";
  } else {
    out += "| Field | Type and bounds | Default | |\n| --- | --- | --- | --- |\n";
    add_fields(out, v.fields, {});
    out += '\n';
  }
  for (const rule_spec& rule : v.rules) out += rule_text(rule) + '\n';
  if (!v.rules.empty()) out += '\n';
  out += "| Reply | Type | |\n| --- | --- | --- |\n";
  for (const reply_field& r : v.reply)
    out += "| `" + std::string(r.name) + "`" + (r.always ? "" : "?") + " | " + std::string(r.type) + " | " +
           std::string(r.doc) + " |\n";
  if (!v.problems.empty()) {
    out += "\n| Problem | Status | When |\n| --- | --- | --- |\n";
    for (const problem_spec& p : v.problems)
      out +=
          "| `" + std::string(p.type) + "` | " + std::to_string(status(p.code)) + " | " + std::string(p.when) + " |\n";
  }
  out += "\n```json\n" + std::string(v.example_request) + '\n' + std::string(v.example_reply) + "\n```\n";
}

void add_noun(std::string& out, noun n, std::string_view heading) {
  out += "\n## " + std::string(heading) + '\n';
  for (const verb_spec& v : verbs())
    if (v.noun == n) add_verb(out, v);
}

void add_common_problems(std::string& out) {
  struct row {
    errc code;
    std::string_view when;
  };
  constexpr row rows[] = {
      {errc::invalid, "the request breaks a rule of this page; also `unknown_verb`"},
      {errc::too_large,
       "something is over a size limit; also `over_node_limit`, where the node allows less than this page"},
      {errc::not_found, "what the request names does not exist"},
      {errc::conflict, "the state, an expectation or an idempotency key forbids it; also `idempotency_conflict`"},
      {errc::limit, "a quota or a bound of the thread or workflow is used up"},
      {errc::unsupported, "a level or header that a single node cannot serve: `ack_level`, `min_position`"},
      {errc::busy, "the node (`node_busy`, `too_many_reads`), the thread or workflow (`entity_busy`) or the user whose "
                   "threads are being made (`user_busy`) has too much to do, or a partition's stream has not taken too "
                   "much of what was "
                   "written (`stream_behind`); nothing was done"},
      {errc::unavailable,
       "nothing was done: the node starts, stops or is full (`node_stopping`, `stopping`, "
       "`disk_full`), its views are behind or "
       "unreadable (`views_behind`, `views_unreadable`), the read took longer than its time (`interrupted`), a write "
       "before it failed "
       "(`journal_reset`), or in a cluster nobody who could tell is there (`no_owner`, `not_owner`, `no_lease`, "
       "`position_not_reached`, `definitions_unreachable`). Outcome unknown, nothing "
       "acknowledged: `journal_failed`, `dropped`"},
      {errc::stale_epoch, "another node owns the thread or workflow now"},
      {errc::timeout, "no answer in time: the outcome is unknown. Repeat with the same idempotency key"},
      {errc::corrupt,
       "stored bytes do not verify; the type may name what: `corrupt_record`, `journal_damaged`, `disk_io_error`, ..."},
      {errc::internal, "a bug of ours; also `sqlite`"},
  };
  out += "\n| Problem | Status | Retryable | |\n| --- | --- | --- | --- |\n";
  for (const row& r : rows)
    out += "| `" + std::string(name(r.code)) + "` | " + std::to_string(status(r.code)) + " | " +
           (retryable(r.code) ? "yes" : "no") + " | " + std::string(r.when) + " |\n";
}

void add_limits(std::string& out) {
  const auto row = [&](std::string_view what, const std::string& bound, std::string_view node) {
    out += "| " + std::string(what) + " | " + bound + " | " + std::string(node) + " |\n";
  };
  out += "\n| Bound | | A node may |\n| --- | --- | --- |\n";
  row("a request's body", bytes_text(limits::request_bytes), "lower it: `--request-bytes`");
  row("depth of its JSON", std::to_string(limits::json_depth), "");
  row("values in its JSON", std::to_string(limits::json_values), "");
  row("a message's content and tool calls, as compact JSON", bytes_text(limits::content_bytes),
      "lower it: `--content-bytes`");
  row("metadata, as compact JSON", bytes_text(limits::metadata_bytes), "");
  row("a batch", std::to_string(limits::batch_messages) + " messages, " + bytes_text(limits::batch_bytes), "");
  row("an idempotency key", range_text(1, limits::idempotency_key_bytes) + " visible ASCII characters", "");
  row("remembered idempotency keys of a thread or workflow",
      std::to_string(limits::idempotency_keys) + ", for " + std::to_string(limits::idempotency_age_us / 3'600'000'000) +
          " hours",
      "");
  row("requests that a node works on; beyond it `node_busy`", bytes_text(limits::bytes_in_flight),
      "set their count: `--max-in-flight`");
  row("a page or window of a reply", bytes_text(limits::reply_bytes), "");
  row("a search's query", bytes_text(limits::query_bytes) + ", " + std::to_string(limits::query_terms) + " terms", "");
  row("messages of a thread, unless its limits say otherwise", std::to_string(limits::messages_per_thread),
      "set it: `--max-messages`");
  row("inactivity until a thread is deleted, unless its limits say otherwise", "never", "set it: `--ttl`");
  row("threads of a user", std::to_string(limits::threads_per_user), "set it: `--threads-per-user`");
  row("system messages of a thread (trimming spares them)", std::to_string(limits::system_messages), "");
  row("ancestors of a forked thread", std::to_string(limits::fork_depth), "");
  row("a definition, as compact JSON",
      bytes_text(limits::definition_bytes) + ", " + std::to_string(limits::phases) + " phases", "");
  row("a workflow's state", bytes_text(limits::workflow_state_bytes), "");
  row("runs of a workflow's phases; a definition that loops ends there", std::to_string(limits::phase_runs), "");
  row("a workflow's attributes",
      std::to_string(limits::workflow_attributes) + ", names of " + bytes_text(limits::attribute_name_bytes) +
          ", texts of " + bytes_text(limits::attribute_text_bytes),
      "");
  row("signals of a workflow that no phase took yet",
      std::to_string(limits::signals_buffered) + ", " + bytes_text(limits::signals_buffered_bytes), "");
  row("steps of a run", std::to_string(limits::steps_a_run) + ", results of " + bytes_text(limits::step_result_bytes),
      "");
  row("a schedule, as compact JSON", bytes_text(limits::schedule_bytes), "");
  row("instances of a schedule at once, and starts that wait for them",
      std::to_string(limits::schedule_running) + " and " + std::to_string(limits::schedule_buffer), "");
  out += reference_limits_ending;
}

} // namespace

std::string wire_reference() {
  std::string out(reference_opening);
  add_common_problems(out);
  out += reference_limits;
  add_limits(out);
  out += reference_objects;
  out += reference_shapes;
  out += reference_workflows;
  out += reference_schedules;
  add_noun(out, noun::thread, "One thread");
  add_noun(out, noun::threads, "Across threads");
  add_noun(out, noun::workflow, "One workflow");
  add_noun(out, noun::workflows, "Across workflows");
  add_noun(out, noun::schedule, "One schedule");
  add_noun(out, noun::schedules, "Across schedules");
  add_noun(out, noun::node, "One node, for operators");
  out += reference_ending;
  return out;
}

} // namespace ropewalk::transport
