#pragma once
// Prepared statements whose text is put together from a few parts: each text is prepared once.

#include <string>
#include <unordered_map>

#include "storage/sqlite.hpp"

namespace ropewalk::storage {

class statement_cache {
public:
  explicit statement_cache(sqlite::connection& db) : db_(db) {}

  // name: for errors, a literal. Cleared of parameters.
  result<sqlite::statement*> get(const char* name, const std::string& sql) {
    auto at = statements_.find(sql);
    if (at == statements_.end()) {
      auto prepared = db_.prepare({name, sql.c_str()});
      if (!prepared) return prepared.error();
      at = statements_.emplace(sql, *std::move(prepared)).first;
    }
    at->second.clear();
    return &at->second;
  }

private:
  sqlite::connection& db_;
  std::unordered_map<std::string, sqlite::statement> statements_; // bounded by the combinations of filters
};

} // namespace ropewalk::storage
