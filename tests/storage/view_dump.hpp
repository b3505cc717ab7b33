#pragma once
// Everything that views show, as text: two files that dump alike answer alike.

#include <algorithm>
#include <string>
#include <vector>

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
                            "threads", "thread_tags", "messages", "forks", "early_forks", "pins"}) {
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

// The same for files that number orgs and entities differently: names in place of numbers, and nothing of how far they came.
inline std::string dump_by_name(const std::filesystem::path& file) {
  auto db = storage::sqlite::connection::open(file, {});
  REQUIRE(db);
  REQUIRE(storage::register_search(*db));
  const auto checked = db->execute("INSERT INTO message_text(message_text, rank) VALUES('integrity-check', 1)");
  if (!checked) FAIL(checked.error().detail);
#define OF_ENTITY "FROM entities e JOIN orgs o ON o.pk = e.org "
  std::string text;
  for (const char* query : {
           "SELECT 'fault', * FROM faults",
           "SELECT 'org', name, messages, bytes FROM orgs",
           // Of version 0: a name alone, that a fork inherits from; whoever lets go of it last leaves it.
           "SELECT 'entity', o.name, e.kind, e.id, e.version, e.wake_at " OF_ENTITY "WHERE e.version > 0",
           "SELECT 'row', o.name, e.kind, e.id, r.version, r.position " OF_ENTITY
           "JOIN entity_rows r ON r.entity = e.pk",
           "SELECT 'thread', o.name, e.id, t.status, t.user, t.agent, t.name, t.updated_at, t.messages, "
           "t.state " OF_ENTITY "JOIN threads t ON t.pk = e.pk",
           "SELECT 'tag', o.name, e.id, t.tag " OF_ENTITY "JOIN thread_tags t ON t.thread = e.pk AND t.org = e.org",
           "SELECT 'message', o.name, e.id, m.seq, m.position, m.version, m.superseded, m.role, m.sender, m.name, "
           "m.time,"
           " m.own_id, m.body " OF_ENTITY "JOIN messages m ON m.thread = e.pk",
           "SELECT 'early', o.name, f.child, f.parent, f.version, f.released FROM early_forks f JOIN orgs o ON o.pk = "
           "f.org",
           "SELECT 'fork', o.name, e.id, f.version, f.child, f.adopted " OF_ENTITY "JOIN forks f ON f.forker = e.pk",
           "SELECT 'pin', o.name, e.id, f.version, f.child, a.id, p.seq, p.version " OF_ENTITY
           "JOIN forks f ON f.forker = e.pk JOIN pins p ON p.fork = f.pk JOIN entities a ON a.pk = p.ancestor",
           "SELECT 'workflow', o.name, e.id, w.definition, w.definition_version, w.status, w.started_at, w.updated_at,"
           " w.parent, w.branched_from, w.phase, w.error, w.outstanding, w.summary " OF_ENTITY
           "JOIN workflows w ON w.pk = e.pk",
           "SELECT 'attribute', o.name, e.id, a.name, a.value " OF_ENTITY
           "JOIN workflow_attributes a ON a.workflow = e.pk AND a.org = e.org",
           "SELECT 'definition', o.name, d.name, d.version, d.created_at, d.shown, d.document FROM definitions d"
           " JOIN orgs o ON o.pk = d.org",
           "SELECT 'schedule', o.name, e.id, s.name, s.definition, s.paused, s.expecting, s.state " OF_ENTITY
           "JOIN schedules s ON s.pk = e.pk",
           // What belongs to nobody would be left out above.
           "SELECT 'rows', (SELECT count(*) FROM messages), (SELECT count(*) FROM threads),"
           " (SELECT count(*) FROM entity_rows), (SELECT count(*) FROM forks), (SELECT count(*) FROM pins),"
           " (SELECT count(*) FROM thread_tags), (SELECT count(*) FROM workflows),"
           " (SELECT count(*) FROM workflow_attributes), (SELECT count(*) FROM schedules)",
       }) {
    auto rows = db->prepare({"dump", query});
    if (!rows) FAIL(rows.error().detail);
    std::vector<std::string> lines;
    while (true) {
      const auto row = rows->step();
      REQUIRE(row);
      if (!*row) break;
      std::string line;
      for (int c = 0; c < sqlite3_column_count(rows->handle()); ++c)
        line += (rows->is_null(c) ? "NULL" : std::string(rows->text(c))) + "|";
      lines.push_back(std::move(line));
    }
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) text += line + "\n";
  }
#undef OF_ENTITY
  return text;
}

// The first line that only one of them has.
inline std::string first_difference(const std::string& a, const std::string& b) {
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  if (at == a.size() && at == b.size()) return {};
  const auto line_of = [at](const std::string& s) {
    const auto begin = at == 0 ? std::string::npos : s.rfind('\n', at - 1);
    const std::size_t from = begin == std::string::npos ? 0 : begin + 1;
    return s.substr(from, s.find('\n', from) - from);
  };
  return line_of(a) + "\n" + line_of(b);
}

} // namespace ropewalk::tests
