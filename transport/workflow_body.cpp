// What is asked of one workflow instance.

#include "runtime/workflow/json_bridge.hpp"
#include "transport/command_body.hpp"
#include "transport/cursor.hpp"

namespace ropewalk::transport {
namespace {

using outcome = result<command_variant>;
using workflow::json_value;

outcome write(workflow::write w) { return command_variant(std::in_place_type<workflow::write>, std::move(w)); }
outcome read(workflow::read r) { return command_variant(std::in_place_type<workflow::read>, std::move(r)); }
outcome ask(workflow::instance_query q) {
  return command_variant(std::in_place_type<workflow::instance_query>, std::move(q));
}

json_value json_or(const body_fields& fields, std::string_view name, json_value fallback) {
  const auto given = fields.find(name);
  return given ? workflow::to_json(*given) : fallback;
}

std::optional<std::uint32_t> small_integer(const body_fields& fields, std::string_view name) {
  const auto n = fields.integer(name);
  return n ? std::optional(static_cast<std::uint32_t>(*n)) : std::nullopt;
}

std::uint32_t limit_of(const body_fields& fields) {
  return static_cast<std::uint32_t>(fields.integer_or("limit", limits::page_default));
}

workflow::recorded_state recorded_state_of(const body_fields& fields) {
  return {fields.optional_text("checkpoint"), fields.integer("version")};
}

// The id of an instance that goes on from this one.
std::string new_instance_id(const body_context& c) {
  std::string id = c.fields.text("to");
  return id.empty() ? new_entity_id(c, "workflow id", c.key.id) : id;
}

// ---- the instance ----

outcome get(const body_context& c) { return read(workflow::get{c.fields.flag_or("state", true)}); }
outcome query(const body_context& c) { return read(workflow::query{c.fields.text("pointer")}); }

outcome signal(const body_context& c) {
  return write(
      workflow::signal{c.fields.text("name"), c.fields.text("id"), json_or(c.fields, "payload", json_value::object())});
}

outcome update(const body_context& c) {
  return write(workflow::update{json_or(c.fields, "patch", json_value::object()), c.fields.text("reason"),
                                c.fields.integer("expected_version")});
}

outcome pause(const body_context& c) { return write(workflow::pause{c.fields.text("reason")}); }
outcome resume(const body_context&) { return write(workflow::resume{}); }
outcome cancel(const body_context& c) { return write(workflow::cancel{c.fields.text("reason")}); }
outcome terminate(const body_context& c) { return write(workflow::terminate{c.fields.text("reason")}); }
outcome checkpoint(const body_context& c) { return write(workflow::checkpoint{c.fields.text("reason")}); }

outcome retry(const body_context& c) {
  return write(workflow::retry{c.fields.integer("run"), c.fields.text("reason")});
}

outcome wait_result(const body_context& c) {
  return ask(workflow::wait_result{small_integer(c.fields, "wait_seconds").value_or(0)});
}

// ---- what it was ----

outcome history(const body_context& c) {
  workflow::history q{c.fields.integer_or("after_version", 0), limit_of(c.fields), c.fields.integer("offset")};
  if (c.fields.has("cursor")) {
    const auto last = decode_history_cursor(c.fields.text("cursor"));
    if (!last) return last.error();
    q.after_version = *last;
  }
  return ask(q);
}

outcome list_checkpoints(const body_context& c) {
  workflow::list_checkpoints q{0, limit_of(c.fields), c.fields.flag_or("verify", false)};
  if (c.fields.has("cursor")) {
    const auto last = decode_checkpoints_cursor(c.fields.text("cursor"));
    if (!last) return last.error();
    q.before_version = *last;
  }
  return ask(q);
}

outcome state_at(const body_context& c) {
  return ask(workflow::state_at{{c.fields.optional_text("checkpoint"), c.fields.integer("at")}, c.fields.integer("offset")});
}

outcome diff(const body_context& c) {
  return ask(workflow::diff{c.fields.integer("from"), c.fields.integer("to"), c.fields.optional_text("workflow")});
}

outcome branch(const body_context& c) {
  workflow::branch_from q{new_instance_id(c), recorded_state_of(c.fields),
                          json_or(c.fields, "patch", json_value::object()), std::nullopt};
  if (q.to == c.key.id) return invalid("to", "must be another instance than the one that it comes from");
  if (const auto given = c.fields.find("attributes")) q.attributes = workflow::to_json(*given);
  return ask(std::move(q));
}

outcome replay(const body_context& c) {
  workflow::replay_from q{recorded_state_of(c.fields), c.fields.flag_or("dry", true), {}};
  if (q.dry && c.fields.has("to"))
    return invalid("to", "is for a replay for real: a dry one, which is the default, makes no instance");
  if (!q.dry) q.to = new_instance_id(c);
  if (q.to == c.key.id) return invalid("to", "must be another instance than the one that is replayed");
  return ask(std::move(q));
}

// ---- its workers ----

outcome steps(const body_context& c) { return read(workflow::read_steps{*c.fields.integer("run")}); }

outcome step_begin(const body_context& c) {
  c.task_token = c.fields.text("token");
  return write(workflow::step_begin{*c.fields.integer("run"), c.fields.text("step")});
}

outcome step_complete(const body_context& c) {
  c.task_token = c.fields.text("token");
  return write(
      workflow::step_complete{*c.fields.integer("run"), c.fields.text("step"), json_or(c.fields, "result", nullptr)});
}

outcome complete(const body_context& c) {
  c.task_token = c.fields.text("token");
  workflow::complete w;
  w.run = *c.fields.integer("run");
  w.attempt = small_integer(c.fields, "attempt");
  w.from = c.fields.text("worker");
  if (const auto error = c.fields.inner("error"))
    w.what = workflow::failure{{error->text("code"), error->text("message")}, error->flag_or("final", false)};
  else w.what.emplace<json_value>(json_or(c.fields, "result", nullptr));
  return write(std::move(w));
}

outcome heartbeat(const body_context& c) {
  c.task_token = c.fields.text("token");
  workflow::heartbeat w{*c.fields.integer("run"), small_integer(c.fields, "attempt"), std::nullopt};
  if (const auto progress = c.fields.find("progress")) w.progress.emplace(workflow::to_json(*progress));
  return write(std::move(w));
}

constexpr named_command_body table[] = {
    {noun::workflow, "start", start_workflow},
    {noun::workflow, "get", get},
    {noun::workflow, "query", query},
    {noun::workflow, "signal", signal},
    {noun::workflow, "update", update},
    {noun::workflow, "pause", pause},
    {noun::workflow, "resume", resume},
    {noun::workflow, "cancel", cancel},
    {noun::workflow, "terminate", terminate},
    {noun::workflow, "retry", retry},
    {noun::workflow, "result", wait_result},
    {noun::workflow, "history", history},
    {noun::workflow, "checkpoints", list_checkpoints},
    {noun::workflow, "checkpoint", checkpoint},
    {noun::workflow, "state", state_at},
    {noun::workflow, "diff", diff},
    {noun::workflow, "branch", branch},
    {noun::workflow, "replay", replay},
    {noun::workflow, "steps", steps},
    {noun::workflow, "step.begin", step_begin},
    {noun::workflow, "step.complete", step_complete},
    {noun::workflow, "complete", complete},
    {noun::workflow, "heartbeat", heartbeat},
};

} // namespace

result<command_variant> start_workflow(const body_context& c) {
  workflow::start w;
  w.definition = c.fields.text("definition");
  w.version = small_integer(c.fields, "version");
  w.input = json_or(c.fields, "input", json_value::object());
  w.attributes = json_or(c.fields, "attributes", json_value::object());
  w.if_absent = c.fields.flag_or("if_absent", false);
  return write(std::move(w));
}

std::span<const named_command_body> workflow_bodies() noexcept { return table; }

} // namespace ropewalk::transport
