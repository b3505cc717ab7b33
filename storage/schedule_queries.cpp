#include "storage/schedule_queries.hpp"

#include <algorithm>

#include "runtime/schedule/replies.hpp"
#include "storage/list_cursor.hpp"

namespace ropewalk::storage {

result<schedule_page> schedule_queries::list(std::string_view org, const schedule::list& what,
                                             const zone_lookup& zone_of) {
  std::string after;
  if (what.cursor) {
    if (!what.cursor->starts_with("s1") || what.cursor->size() == 2) return bad_list_cursor();
    after = what.cursor->substr(2);
  }
  const std::uint32_t limit = std::clamp<std::uint32_t>(what.limit, 1, limits::page_max);
  std::string sql = "SELECT name, state FROM schedules WHERE org = (SELECT pk FROM orgs WHERE name = ?1) AND name > ?2";
  if (what.where.paused) sql += " AND paused = ?3";
  if (what.where.definition) sql += " AND definition = ?4";
  if (what.where.prefix) sql += " AND name >= ?5 AND name < ?5 || char(0x10FFFF)";
  auto rows = statements_.get("list_schedules", sql + " ORDER BY name LIMIT ?6");
  if (!rows) return rows.error();
  sqlite::statement& s = **rows;
  s.bind(1, org);
  s.bind(2, after);
  if (what.where.paused) s.bind(3, *what.where.paused ? 1 : 0);
  if (what.where.definition) s.bind(4, *what.where.definition);
  if (what.where.prefix) s.bind(5, *what.where.prefix);
  s.bind(6, std::int64_t{limit} + 1);
  schedule_page page;
  std::size_t bytes = 0;
  while (true) {
    auto row = s.step();
    if (!row) return row.error();
    if (!*row) return page;
    auto state = schedule::decode_state(s.text(1));
    if (!state || !state->spec) {
      s.reset();
      return state ? error{errc::internal, "views_damaged", "a schedule's row has no specification", {}}
                   : state.error();
    }
    std::string name(s.text(0));
    const auto zone = zone_of(state->spec->time_zone);
    std::string json = schedule::render_listed({std::string(org), entity_kind::schedule, name}, *state, zone.get());
    bytes += json.size() + 1;
    if (page.schedules.size() == limit || (!page.schedules.empty() && bytes > limits::reply_bytes)) break;
    page.schedules.push_back(std::move(json));
    after = std::move(name);
  }
  s.reset();
  page.next_cursor = "s1" + after;
  return page;
}

result<std::vector<expecting_schedule>> schedule_queries::expecting(std::int64_t after_row, std::size_t limit) {
  auto rows =
      statements_.get("expecting_schedules", "SELECT s.pk, o.name, s.name FROM schedules s JOIN orgs o ON o.pk = s.org"
                                             " WHERE s.expecting = 1 AND s.pk > ?1 ORDER BY s.pk LIMIT ?2");
  if (!rows) return rows.error();
  sqlite::statement& s = **rows;
  s.bind(1, after_row);
  s.bind(2, std::uint64_t{limit});
  std::vector<expecting_schedule> all;
  while (true) {
    auto row = s.step();
    if (!row) return row.error();
    if (!*row) return all;
    all.push_back({s.integer(0), {std::string(s.text(1)), entity_kind::schedule, std::string(s.text(2))}});
  }
}

} // namespace ropewalk::storage
