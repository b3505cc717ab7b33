#pragma once
// Everything that views show, as text: two files that dump alike answer alike.

#include <string>

#include "storage/search_text.hpp"
#include "storage/sqlite.hpp"
#include "tests/storage/journal_fixture.hpp"

namespace ropewalk::tests {

inline std::string dump_views(const std::filesystem::path& file) {
  auto db = storage::sqlite::connection::open(file, {});
  REQUIRE(db);
  REQUIRE(storage::register_search(*db));
  // The index and the rows it was made from agree.
  const auto checked = db->execute("INSERT INTO message_text(message_text, rank) VALUES('integrity-check', 1)");
  if (!checked) FAIL(checked.error().detail);
  std::string text;
  for (const char* table : {"view_state WHERE name LIKE 'applied%'", "faults", "orgs", "entities", "entity_rows",
                            "threads", "thread_tags", "messages", "forks", "pins"}) {
    auto rows = db->prepare({"dump", ("SELECT * FROM " + std::string(table) + " ORDER BY 1, 2, 3").c_str()});
    if (!rows) { // fewer columns
      rows = db->prepare({"dump", ("SELECT * FROM " + std::string(table) + " ORDER BY 1").c_str()});
      REQUIRE(rows);
    }
    text += std::string("--- ") + table + "\n";
    const int columns = sqlite3_column_count(rows->handle());
    while (true) {
      auto row = rows->step();
      REQUIRE(row);
      if (!*row) break;
      for (int c = 0; c < columns; ++c) text += (rows->is_null(c) ? "NULL" : std::string(rows->text(c))) + "|";
      text += '\n';
    }
  }
  return text;
}

} // namespace ropewalk::tests
