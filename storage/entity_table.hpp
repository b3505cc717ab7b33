#pragma once
// Which entities there are and where their entries stand in the journal: what the views know of every kind.
// Used by the applier inside its transaction.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/sqlite.hpp"
#include "storage/view_projection.hpp"

namespace ropewalk::storage {

class entity_table {
public:
  static constexpr std::size_t cached_max = 50'000; // about 200 B each; beyond it all are forgotten between batches

  status_result open(sqlite::connection& db);
  // The entry's entity, made if it is new, with the entry among its rows. The pointer holds until flush().
  result<view_entity*> record(const entry& e);
  status_result flush();

  // --- for a repair: with nothing remembered ---

  result<std::optional<view_entity>> find(const entity_key& who);
  // Where its entries stand in the journal, of versions below `end`.
  result<std::vector<std::uint64_t>> positions(const view_entity& who, std::uint64_t end);
  // It is not known any more. What is applied again makes it anew, with another number: until then others must not find it.
  status_result remove(const view_entity& who);
  // An org without entities goes.
  status_result finish(std::int64_t org);

  void forget();

private:
  struct key_hash {
    std::size_t operator()(const entity_key& k) const noexcept {
      return std::hash<std::string>{}(k.id) * 31 + std::hash<std::string>{}(k.org) + static_cast<std::size_t>(k.kind);
    }
  };
  result<std::int64_t> org_of(const std::string& name);
  result<view_entity> find_or_make(const entity_key& who);

  sqlite::connection* db_ = nullptr;
  sqlite::statement find_org_, make_org_, find_, make_, add_row_, update_;
  sqlite::statement rows_, drop_rows_, drop_faults_, drop_, drop_org_;
  std::unordered_map<std::string, std::int64_t> orgs_;
  std::unordered_map<entity_key, view_entity, key_hash> entities_;
  std::vector<view_entity*> dirty_;
};

} // namespace ropewalk::storage
