#pragma once
// All checkpoints of a journal's file, in the order they were written: part of journal_reader::verify_chain.

#include <functional>
#include <string>

#include "storage/journal_reader.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

// Adds to the report's counts. Without keys they are counted alone. go_on is asked now and then; false: it said no.
result<bool> verify_checkpoints(sqlite::connection& db, const std::string& cluster, const keyring* keys,
                                const std::function<bool()>& go_on, chain_report& report);

} // namespace ropewalk::storage
