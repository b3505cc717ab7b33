#pragma once
// The whole journal, entry by entry, as journal_reader::verify_chain promises. Reads in short pieces: a
// long read transaction would keep the write-ahead log of a running node from starting again.

#include <cstdint>
#include <functional>

#include "runtime/result.hpp"
#include "storage/journal_reader.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

result<chain_report> verify_journal(sqlite::connection& db, const journal_meta& meta,
                                    const std::function<bool(std::uint64_t, std::uint64_t)>& progress,
                                    const keyring* keys);

} // namespace ropewalk::storage
