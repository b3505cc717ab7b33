// How a summary is shown and stored.

#include "runtime/json_fields.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/workflow/deadline_fields.hpp"
#include "storage/workflow_summary.hpp"

namespace ropewalk::storage {
namespace {

using workflow::instance_status;
using workflow::record_fields;

void optional_us(json_writer& out, std::string_view name, const std::optional<instant>& at) {
  if (at) out.field(name, at->us);
}

void origins(json_writer& out, const workflow_summary& s) {
  if (s.parent)
    out.key("parent").begin_object().field("workflow", s.parent->workflow).field("run", s.parent->run).end_object();
  if (s.branched_from)
    out.key("branched_from")
        .begin_object()
        .field("workflow", s.branched_from->workflow)
        .field("version", s.branched_from->version)
        .end_object();
}

instance_status status_in(record_fields& f, std::string_view name) {
  const auto known = workflow::instance_status_of(f.text(name));
  if (!known) f.fail(name);
  return known.value_or(instance_status::absent);
}

void read_runs(record_fields& f, workflow_summary& s) {
  for (const auto& row : f.array("runs")) {
    record_fields r{row};
    summarized_run run;
    run.phase = r.text("phase");
    run.line = r.number("line");
    run.compensates = r.flag("compensates");
    const std::uint32_t standing = r.small_number("standing");
    if (standing > static_cast<std::uint32_t>(run_standing::stopped)) r.fail("standing");
    run.standing = static_cast<run_standing>(standing);
    run.due = workflow::decode_deadlines(r.object("due"), r);
    run.retry_at = r.optional_at("retry_us");
    run.child = r.optional_text("child");
    run.attempt_at = r.at("attempt_us");
    s.runs[r.number("run")] = std::move(run);
    if (r.failed()) f.fail("runs");
  }
}

void read_names(record_fields& f, std::string_view field, std::set<std::string>& into) {
  for (const auto& name : f.array(field)) {
    if (!name.is_string()) f.fail(field);
    else into.insert(name.get<std::string>());
  }
}

} // namespace

std::string render(const entity_key& who, const workflow_summary& s) {
  json_writer out;
  out.begin_object().field("id", who.id).field("org", who.org);
  out.key("definition").begin_object().field("name", s.definition).field("version", s.definition_version).end_object();
  out.field("status", workflow::name(s.status));
  if (!s.status_reason.empty()) out.field("status_reason", s.status_reason);
  if (s.status == instance_status::crashed) out.field("restarts", s.restarts);
  if (!s.why.code.empty())
    out.key("error").begin_object().field("code", s.why.code).field("message", s.why.message).end_object();
  if (const std::string phase = current_phase(s); !phase.empty()) out.field("phase", phase);
  out.field("version", s.version).field("created_at", s.created_at).field("updated_at", s.updated_at);
  if (workflow::is_over(s.status)) out.field("ended_at", s.ended_at);
  if (s.deadline) out.field("deadline", *s.deadline);
  out.raw_field("attributes", s.attributes.dump());
  origins(out, s);
  out.field("phase_runs", s.last_run).end_object();
  return std::move(out).take();
}

std::string encode(const workflow_summary& s) {
  json_writer out;
  out.begin_object()
      .field("status", workflow::name(s.status))
      .field("before_crash", workflow::name(s.before_crash))
      .field("reason", s.status_reason)
      .field("code", s.why.code)
      .field("message", s.why.message)
      .field("restarts", s.restarts)
      .field("definition", s.definition)
      .field("definition_version", s.definition_version)
      .raw_field("attributes", s.attributes.dump());
  origins(out, s);
  out.field("version", s.version)
      .field("created_us", s.created_at.us)
      .field("updated_us", s.updated_at.us)
      .field("ended_us", s.ended_at.us)
      .field("recorded_us", s.recorded_at.us);
  optional_us(out, "deadline_us", s.deadline);
  out.field("last_run", s.last_run).field("failed_phase", s.failed_phase).field("at_once", s.events_at_once);
  out.key("runs").begin_array();
  for (const auto& [number, r] : s.runs) {
    out.begin_object().field("run", number).field("phase", r.phase).field("line", r.line);
    out.field("compensates", r.compensates).field("standing", static_cast<int>(r.standing));
    workflow::encode_deadlines(out.key("due"), r.due);
    optional_us(out, "retry_us", r.retry_at);
    if (!r.child.empty()) out.field("child", r.child);
    out.field("attempt_us", r.attempt_at.us).end_object();
  }
  out.end_array().key("branches").begin_array();
  for (const auto& [line, run] : s.branches) out.begin_object().field("line", line).field("run", run).end_object();
  out.end_array().key("leaving").begin_array();
  for (const std::string& child : s.leaving) out.value(child);
  out.end_array().key("with_child").begin_array();
  for (const std::string& phase : s.with_child) out.value(phase);
  out.end_array().key("inside").begin_array();
  for (const auto& [phase, p] : s.inside) {
    out.begin_object().field("phase", phase).field("gathers", p.gathers);
    if (p.total_us) out.field("total_us", *p.total_us);
    out.end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

result<workflow_summary> decode_summary(std::string_view bytes) {
  auto root = workflow::parse_json(bytes, ropewalk::record_limits);
  if (!root) return root.error();
  record_fields f{*root};
  workflow_summary s;
  s.status = status_in(f, "status");
  s.before_crash = status_in(f, "before_crash");
  s.status_reason = f.text("reason");
  s.why = {f.text("code"), f.text("message")};
  s.restarts = f.small_number("restarts");
  s.definition = f.text("definition");
  s.definition_version = f.small_number("definition_version");
  s.attributes = f.object("attributes");
  if (f.has("parent")) {
    record_fields p{f.object("parent")};
    s.parent = workflow::parent_run{p.text("workflow"), p.number("run")};
    if (p.failed()) f.fail("parent");
  }
  if (f.has("branched_from")) {
    record_fields b{f.object("branched_from")};
    s.branched_from = workflow::branch_point{b.text("workflow"), b.number("version")};
    if (b.failed()) f.fail("branched_from");
  }
  s.version = f.number("version");
  s.created_at = f.at("created_us");
  s.updated_at = f.at("updated_us");
  s.ended_at = f.at("ended_us");
  s.recorded_at = f.at("recorded_us");
  s.deadline = f.optional_at("deadline_us");
  s.last_run = f.number("last_run");
  s.failed_phase = f.text("failed_phase");
  s.events_at_once = f.small_number("at_once");
  read_runs(f, s);
  for (const auto& row : f.array("branches")) {
    record_fields b{row};
    s.branches[b.number("line")] = b.number("run");
    if (b.failed()) f.fail("branches");
  }
  read_names(f, "leaving", s.leaving);
  read_names(f, "with_child", s.with_child);
  for (const auto& row : f.array("inside")) {
    record_fields p{row};
    inside_phase& known = s.inside[p.text("phase")];
    known.gathers = p.flag("gathers");
    if (const auto total = p.optional_number("total_us")) known.total_us = static_cast<std::int64_t>(*total);
    if (p.failed()) f.fail("inside");
  }
  if (f.failed()) return f.error();
  return s;
}

} // namespace ropewalk::storage
