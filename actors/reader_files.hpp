#pragma once
// The journal's file as a reader's thread sees it: one connection of each sort for each thread, opened when it is first
// needed.

#include <filesystem>

#include "storage/checkpoint_store.hpp"
#include "storage/journal_reader.hpp"

namespace ropewalk::actors {

struct reader_files {
  storage::journal_reader journal;
  storage::checkpoint_store checkpoints;
};

// The thread's own; valid as long as the thread lives.
result<reader_files*> files_of_this_thread(const std::filesystem::path& journal_file,
                                           const storage::journal_options& options);

} // namespace ropewalk::actors
