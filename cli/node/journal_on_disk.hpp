#pragma once
// A node's journal as verbs read it that need no node: the file, and the keys that verify its checkpoints.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/session.hpp"
#include "storage/sealing/keyring.hpp"

namespace ropewalk::cli {

struct journal_on_disk {
  std::filesystem::path file;
  std::optional<storage::keyring> keys; // none: none was given and the directory has none
  const storage::keyring* keyring() const { return keys ? &*keys : nullptr; }
};
// data: the node's directory. keyring: file or "fd:N"; "" = the one in the directory. Errors: usage without data; not_found
// "no_journal"; those of keys_for().
result<journal_on_disk> find_journal(const std::string& data, const std::string& keyring);

// For people, where there are checkpoints and no keys.
void note_unchecked_seals(session& s, const journal_on_disk& j, std::uint64_t checkpoints);

} // namespace ropewalk::cli
