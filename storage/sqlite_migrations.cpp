#include "storage/sqlite_migrations.hpp"

#include <string>

namespace ropewalk::storage::sqlite {

namespace {

struct schema_state {
  std::int64_t application_id = 0;
  std::int64_t version = 0;
  bool empty = false;
};

result<schema_state> read_state(connection& db) {
  const auto id = db.integer("PRAGMA application_id");
  if (!id) return id.error();
  const auto version = db.integer("PRAGMA user_version");
  if (!version) return version.error();
  const auto tables = db.integer("SELECT count(*) FROM sqlite_master");
  if (!tables) return tables.error();
  return schema_state{*id, *version, *id == 0 && *version == 0 && *tables == 0};
}

status_result check(const schema_state& state, std::int32_t application_id, std::size_t steps, std::string_view what) {
  if (state.application_id != application_id)
    return error{errc::invalid, "foreign_file", "the file is no " + std::string(what) + " of ropewalk", {}};
  if (state.version < 0 || static_cast<std::uint64_t>(state.version) > steps)
    return error{errc::unsupported,
                 "newer_schema",
                 "the " + std::string(what) + " was written by a newer ropewalk: its schema is " +
                     std::to_string(state.version) + ", this program knows " + std::to_string(steps),
                 {}};
  return ok();
}

status_result run_step(connection& db, const named_sql& step, std::int32_t application_id, std::size_t version) {
  auto change = transaction::begin(db);
  if (!change) return change.error();
  if (auto done = db.execute(step); !done) return done;
  const std::string mark = "PRAGMA application_id = " + std::to_string(application_id) +
                           "; PRAGMA user_version = " + std::to_string(version);
  if (auto done = db.execute({"mark the schema's version", mark.c_str()}); !done) return done;
  return change->commit();
}

} // namespace

result<bool> migrate(connection& db, std::int32_t application_id, std::span<const named_sql> steps,
                     std::string_view what) {
  const auto state = read_state(db);
  if (!state) return state.error();
  if (!state->empty)
    if (auto fits = check(*state, application_id, steps.size(), what); !fits) return fits.error();
  for (std::size_t i = static_cast<std::size_t>(state->version); i < steps.size(); ++i)
    if (auto done = run_step(db, steps[i], application_id, i + 1); !done) return done.error();
  return state->empty;
}

status_result check_schema(connection& db, std::int32_t application_id, std::size_t steps, std::string_view what) {
  const auto state = read_state(db);
  if (!state) return state.error();
  if (auto fits = check(*state, application_id, steps, what); !fits) return fits;
  if (static_cast<std::uint64_t>(state->version) < steps)
    return error{errc::unsupported,
                 "older_schema",
                 "the " + std::string(what) + " has the older schema " + std::to_string(state->version) +
                     "; a node brings it to " + std::to_string(steps) + " when it starts",
                 {}};
  return ok();
}

} // namespace ropewalk::storage::sqlite
