// What is asked across the workflows of an org, and of its definitions.

#include "runtime/workflow/definition.hpp"
#include "transport/command_body.hpp"

namespace ropewalk::transport {
namespace {

using outcome = result<command_variant>;

outcome of_definition(workflow::definition_request r) {
  return command_variant(std::in_place_type<workflow::definition_request>, std::move(r));
}
outcome across(workflow::across a) { return command_variant(std::in_place_type<workflow::across>, std::move(a)); }

void name_definition(const body_context& c, std::string name) {
  c.key.kind = entity_kind::definition;
  c.key.id = std::move(name);
}

std::optional<std::uint32_t> version_of(const body_fields& fields) {
  const auto n = fields.integer("version");
  return n ? std::optional(static_cast<std::uint32_t>(*n)) : std::nullopt;
}

std::uint32_t limit_of(const body_fields& fields) {
  return static_cast<std::uint32_t>(fields.integer_or("limit", limits::page_default));
}

outcome define(const body_context& c) {
  const workflow::json_value document = workflow::to_json(*c.fields.find("definition"));
  auto checked = workflow::read_definition(document);
  if (!checked) {
    error e = std::move(checked).error();
    e.field = e.field.empty() ? "definition" : "definition." + e.field;
    return e;
  }
  name_definition(c, checked->name);
  const auto version = checked->version == 0 ? std::nullopt : std::optional(checked->version);
  return of_definition(workflow::define{document.dump(), std::move(checked->name), version});
}

outcome get_definition(const body_context& c) {
  name_definition(c, c.fields.text("name"));
  return of_definition(workflow::get_definition{version_of(c.fields)});
}

outcome list_definitions(const body_context& c) {
  return across(
      workflow::list_definitions{c.fields.optional_text("name"), limit_of(c.fields), c.fields.optional_text("cursor")});
}

outcome start_anywhere(const body_context& c) {
  take_id(c, "workflow id");
  return start_workflow(c);
}

result<workflow::filter> filter_of(const body_fields& fields) {
  workflow::filter where;
  where.definition = fields.optional_text("definition");
  where.version = version_of(fields);
  if (where.version && !where.definition)
    return invalid("version", "is a version of `definition`, which must be given beside it");
  where.status = fields.optional_text("status");
  if (const auto given = fields.find("attributes")) where.attributes = workflow::to_json(*given);
  where.started_since = fields.time("started_since");
  where.started_until = fields.time("started_until");
  where.updated_since = fields.time("updated_since");
  where.parent = fields.optional_text("parent");
  where.branched_from = fields.optional_text("branched_from");
  return where;
}

outcome list(const body_context& c) {
  auto where = filter_of(c.fields);
  if (!where) return std::move(where).error();
  return across(workflow::list{*std::move(where), limit_of(c.fields), c.fields.optional_text("cursor")});
}

outcome count(const body_context& c) {
  auto where = filter_of(c.fields);
  if (!where) return std::move(where).error();
  return across(workflow::count{*std::move(where)});
}

constexpr named_command_body table[] = {
    {noun::workflows, "define", define},
    {noun::workflows, "definitions", list_definitions},
    {noun::workflows, "definition", get_definition},
    {noun::workflows, "start", start_anywhere},
    {noun::workflows, "list", list},
    {noun::workflows, "count", count},
};

} // namespace

std::span<const named_command_body> workflows_bodies() noexcept { return table; }

} // namespace ropewalk::transport
