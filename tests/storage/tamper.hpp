#pragma once
// Files of a node changed by somebody who is not the node.

#include <filesystem>
#include <string>

#include <catch2/catch.hpp>
#include <sqlite3.h>

namespace ropewalk::tests {

// Behind the journal's back.
inline void tamper(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  char* why = nullptr;
  const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &why);
  const std::string said = why ? why : "";
  sqlite3_free(why);
  sqlite3_close(db);
  INFO(sql << ": " << said);
  REQUIRE(code == SQLITE_OK);
}

} // namespace ropewalk::tests
