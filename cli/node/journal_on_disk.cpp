#include "cli/node/journal_on_disk.hpp"

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/keyring/keyring_place.hpp"
#include "cli/usage.hpp"

namespace ropewalk::cli {

result<journal_on_disk> find_journal(const std::string& data, const std::string& keyring) {
  if (data.empty()) return bad_usage("--data", "is required: the directory of the journal");
  journal_on_disk j{std::filesystem::path(data) / "journal.db", {}};
  if (!std::filesystem::exists(j.file))
    return error{errc::not_found, "no_journal", "there is no journal in " + data, "--data"};
  auto keys = keys_for(data, keyring);
  if (!keys) return keys.error();
  j.keys = *std::move(keys);
  return j;
}

void note_unchecked_seals(session& s, const journal_on_disk& j, std::uint64_t checkpoints) {
  if (!j.keys && checkpoints > 0)
    s.note(fmt::format("the seals of {} were not checked: there is no keyring in {}; give --keyring FILE",
                       counted(checkpoints, "checkpoint"), j.file.parent_path().string()));
}

} // namespace ropewalk::cli
