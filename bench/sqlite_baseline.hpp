#pragma once
// The baseline for every write: SQLite with the journal's settings and rows of a journal entry's shape, and
// nothing else. One writer, no queue, the rows already at hand.

#include <chrono>
#include <cstddef>
#include <filesystem>

#include "bench/statistics.hpp"

namespace ropewalk::bench {

struct sqlite_result {
  figure commits; ///< transactions a second; the time of one from BEGIN to the return of COMMIT
  double rows_a_second = 0;
};

/// Commits groups of `rows_per_commit` rows of some 450 bytes into a new database under `directory` for
/// `measured`, after a warm-up of a quarter of it. Removes the database.
sqlite_result measure_sqlite(const std::filesystem::path& directory, std::size_t rows_per_commit,
                             std::chrono::milliseconds measured);

} // namespace ropewalk::bench
