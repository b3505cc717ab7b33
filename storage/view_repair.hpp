#pragma once
// What has to be applied again after entries were cut off the journal that the views have shown already.
//
// The rows of an entity follow from its own entries alone, so the entities that lost entries are emptied and what they have left
// is applied again, in the order of the journal. Threads are tied together by their forks: what a thread's fork pins lives with
// its ancestors, what becomes of it is told by the child. A thread that lost nothing of that kind, and whose rows nobody
// pins, is repaired by itself; else all of its family is, which is exact because nothing outside touches its rows.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/result.hpp"
#include "runtime/thread/events.hpp"
#include "storage/entity_table.hpp"
#include "storage/journal_reader.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

struct repair_plan {
  std::uint64_t last_cut = 0;
  std::map<entity_key, view_entity> entities;         // to be emptied
  std::vector<std::uint64_t> positions;               // to be applied again, ascending
  std::set<std::pair<entity_key, std::string>> forks; // of which thread, to which child
};

class repair_planner {
public:
  // More than that: the file is built anew, which takes no longer.
  static constexpr std::size_t entries_max = 500'000;

  // applied, cut: of the views' file.
  repair_planner(sqlite::connection& db, entity_table& entities, journal_reader& journal, std::uint64_t applied,
                 std::uint64_t cut)
      : db_(db), entities_(entities), journal_(journal), applied_(applied), cut_(cut) {}

  // internal "views_damaged": too much. unavailable "entry_cut": another cut came meanwhile.
  result<repair_plan> plan();

private:
  struct history { // of a thread: what concerns others
    std::vector<std::string> related;
    std::vector<std::string> children;
    bool forks = false, has_origin = false, lost_origin = false, deleted = false;
  };
  status_result add(const entity_key& who, std::uint64_t end);
  result<history> read_history(const entity_key& who, const view_entity& known, std::uint64_t end);
  void note(const entry& e, bool lost, history& h);
  result<std::vector<std::string>> tied_by_rows(const entity_key& who, const view_entity& known, bool& pinned);
  status_result add_family(const entity_key& first);

  sqlite::connection& db_;
  entity_table& entities_;
  journal_reader& journal_;
  const std::uint64_t applied_, cut_;
  std::map<entity_key, std::uint64_t> lost_; // from which version on
  std::set<entity_key> family_;
  repair_plan plan_;
};

} // namespace ropewalk::storage
