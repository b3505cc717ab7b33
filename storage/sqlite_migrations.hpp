#pragma once
// Brings a file's schema to what this program knows, step by step, each in its own transaction.
//
//   constexpr named_sql migrations[] = {{"schema_1", "CREATE TABLE ..."}, {"schema_2", "ALTER TABLE ..."}};
//   auto ready = migrate(db, 0x52574a4c, migrations, "journal");
//
// The version is PRAGMA user_version = the count of steps done; PRAGMA application_id says whose file it is.
// Steps that were released are FROZEN: a change of the schema is a new step.

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/result.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage::sqlite {

// what names the file in errors. Another application's file: invalid "foreign_file"; one of a newer program:
// unsupported "newer_schema". Nothing is changed then. true: the file was empty and is now new.
result<bool> migrate(connection& db, std::int32_t application_id, std::span<const named_sql> steps,
                     std::string_view what);
// The same checks without any change, for readers.
status_result check_schema(connection& db, std::int32_t application_id, std::size_t steps, std::string_view what);

} // namespace ropewalk::storage::sqlite
