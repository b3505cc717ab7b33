#pragma once
// Which keyring a verb is about, and what of it may be shown: ids, states and ages, never a secret.

#include <filesystem>
#include <optional>
#include <string>

#include "cli/session.hpp"
#include "storage/sealing/keyring.hpp"

namespace CLI {
class App;
}

namespace ropewalk::cli {

struct keyring_options {
  std::string keyring, data;
};
void add_keyring_options(CLI::App& verb, keyring_options& o); // --keyring, --data

// keyring.json of a node's directory.
std::filesystem::path keyring_of(const std::filesystem::path& data);

// What verifies a directory's checkpoints: the keyring that was given, or its own; nullopt: none was given and it has none.
result<std::optional<storage::keyring>> keys_for(const std::string& data, const std::string& given);

// The file that is meant; --keyring wins. Errors of usage: neither was given, or a descriptor, which cannot be changed.
result<std::filesystem::path> keyring_file(const keyring_options& o);

// {"keyring":file,"active":id,"keys":[{"id","state","created"}]}
result<reply_document> keyring_document(const std::filesystem::path& file, const storage::keyring& keys);

// How a running node gets to know, for people.
std::string reload_hint(const keyring_options& o);

} // namespace ropewalk::cli
