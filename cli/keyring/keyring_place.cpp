#include "cli/keyring/keyring_place.hpp"

#include "cli/option.hpp"
#include "cli/problem_text.hpp"
#include "cli/usage.hpp"
#include "runtime/json_writer.hpp"
#include "storage/sealing/keyring_file.hpp"

namespace ropewalk::cli {

void add_keyring_options(CLI::App& verb, keyring_options& o) {
  add_option(verb, "--keyring", o.keyring, "the keyring's file").variable("ROPEWALK_KEYRING");
  add_option(verb, "--data", o.data, "a node's directory, for the keyring in it").variable("ROPEWALK_DATA");
}

std::filesystem::path keyring_of(const std::filesystem::path& data) { return data / "keyring.json"; }

result<std::optional<storage::keyring>> keys_for(const std::string& data, const std::string& given) {
  auto keys = storage::load_keyring(given.empty() ? keyring_of(data).string() : given);
  if (!keys && keys.error().code == errc::not_found && given.empty()) return std::optional<storage::keyring>{};
  if (!keys) return keys.error();
  return std::optional(*std::move(keys));
}

result<std::filesystem::path> keyring_file(const keyring_options& o) {
  if (o.keyring.starts_with("fd:"))
    return bad_usage("--keyring", "must be a file: what a descriptor was opened on is not known here");
  if (!o.keyring.empty()) return std::filesystem::path(o.keyring);
  if (!o.data.empty()) return keyring_of(o.data);
  return bad_usage("--keyring", "is required, or --data: the keyring's file or the directory that has it");
}

result<reply_document> keyring_document(const std::filesystem::path& file, const storage::keyring& keys) {
  json_writer w;
  w.begin_object().field("keyring", file.string()).field("active", keys.active().id).key("keys").begin_array();
  for (const storage::sealing_key& key : keys.keys())
    w.begin_object().field("id", key.id).field("state", name(key.state)).field("created", key.created).end_object();
  w.end_array().end_object();
  return reply_document::parse(std::move(w).take());
}

std::string reload_hint(const keyring_options& o) {
  const std::string process = o.keyring.empty() ? "$(cat " + shell_word(o.data + "/lock") + ")" : "PROCESS";
  return "a running node takes it when it is told: kill -HUP " + process;
}

} // namespace ropewalk::cli
