#pragma once
// What the views answer about schedules. On one read connection, inside the reader's transaction.
//
// Cursor: "s1" and the name of the last schedule given.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/entity_key.hpp"
#include "runtime/result.hpp"
#include "runtime/schedule/machine.hpp"
#include "runtime/schedule/queries.hpp"
#include "storage/statement_cache.hpp"

namespace ropewalk::storage {

struct schedule_page {
  std::vector<std::string> schedules; // as render_listed() has them, by name
  std::optional<std::string> next_cursor;
};
struct expecting_schedule {
  std::int64_t row = 0; // to go on from
  entity_key who;
};
using zone_lookup = std::function<schedule::shared_zone(const std::string& name)>; // null: not known

class schedule_queries {
public:
  explicit schedule_queries(sqlite::connection& db) : statements_(db) {}

  // A cursor that is not ours: invalid, field "cursor".
  result<schedule_page> list(std::string_view org, const schedule::list& what, const zone_lookup& zone_of);
  // Schedules of all orgs for which times may come or whose starts are not over, in the order of rows.
  result<std::vector<expecting_schedule>> expecting(std::int64_t after_row, std::size_t limit);

private:
  statement_cache statements_;
};

} // namespace ropewalk::storage
