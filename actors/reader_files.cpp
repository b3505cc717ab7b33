#include "actors/reader_files.hpp"

#include <map>
#include <string>

namespace ropewalk::actors {

result<reader_files*> files_of_this_thread(const std::filesystem::path& journal_file,
                                           const storage::journal_options& options) {
  thread_local std::map<std::string, reader_files> open;
  const auto at = open.find(journal_file.string());
  if (at != open.end()) return &at->second;
  auto journal = storage::journal_reader::open(journal_file, options);
  if (!journal) return journal.error();
  auto checkpoints = storage::checkpoint_store::open(journal_file, options);
  if (!checkpoints) return checkpoints.error();
  return &open.emplace(journal_file.string(), reader_files{*std::move(journal), *std::move(checkpoints)}).first->second;
}

} // namespace ropewalk::actors
