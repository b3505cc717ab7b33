// What is asked of one schedule, and across the schedules of an org.

#include "runtime/workflow/json_bridge.hpp"
#include "transport/command_body.hpp"

namespace ropewalk::transport {
namespace {

using outcome = result<command_variant>;

outcome schedule_write(schedule::write w) { return command_variant(std::in_place_type<schedule::write>, std::move(w)); }

std::optional<schedule::overlap> policy_of(const body_fields& fields) {
  const auto given = fields.optional_text("overlap");
  return given ? schedule::overlap_of(*given) : std::nullopt; // a choice of the table
}

template <schedule::put_mode M>
outcome put_as(const body_context& c) {
  schedule::put p{workflow::to_json(*c.fields.find("schedule")), M, std::nullopt, c.fields.text("note")};
  if (c.fields.has("paused")) p.paused = c.fields.flag_or("paused", false);
  else if (!p.note.empty()) return invalid("note", "is for \"paused\", which must be given beside it");
  auto checked = schedule::read_spec(c.key.id, p.document, "schedule");
  if (!checked) return std::move(checked).error();
  return schedule_write(std::move(p));
}

outcome pause(const body_context& c) { return schedule_write(schedule::pause{c.fields.text("note")}); }
outcome unpause(const body_context& c) { return schedule_write(schedule::unpause{c.fields.text("note")}); }
outcome trigger(const body_context& c) { return schedule_write(schedule::trigger{policy_of(c.fields)}); }
outcome remove(const body_context&) { return schedule_write(schedule::remove{}); }

outcome backfill(const body_context& c) {
  return schedule_write(schedule::backfill{*c.fields.time("from"), *c.fields.time("to"), policy_of(c.fields)});
}

outcome get(const body_context& c) {
  return command_variant(schedule::get{static_cast<std::uint32_t>(c.fields.integer_or("next", limits::schedule_next))});
}

outcome list(const body_context& c) {
  schedule::list l;
  if (c.fields.has("paused")) l.where.paused = c.fields.flag_or("paused", false);
  l.where.definition = c.fields.optional_text("definition");
  l.where.prefix = c.fields.optional_text("prefix");
  l.limit = static_cast<std::uint32_t>(c.fields.integer_or("limit", limits::page_default));
  l.cursor = c.fields.optional_text("cursor");
  return command_variant(std::move(l));
}

constexpr named_command_body table[] = {
    {noun::schedule, "create", put_as<schedule::put_mode::create>},
    {noun::schedule, "update", put_as<schedule::put_mode::update>},
    {noun::schedule, "apply", put_as<schedule::put_mode::apply>},
    {noun::schedule, "get", get},
    {noun::schedule, "pause", pause},
    {noun::schedule, "unpause", unpause},
    {noun::schedule, "trigger", trigger},
    {noun::schedule, "backfill", backfill},
    {noun::schedule, "delete", remove},
    {noun::schedules, "list", list},
};

} // namespace

std::span<const named_command_body> schedule_bodies() noexcept { return table; }

} // namespace ropewalk::transport
