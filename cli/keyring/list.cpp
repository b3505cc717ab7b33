// ropewalk keyring list

#include "cli/duration_text.hpp"
#include "cli/keyring/keyring_place.hpp"
#include "cli/keyring/verbs.hpp"
#include "storage/sealing/keyring_file.hpp"

namespace ropewalk::cli {
namespace {

const std::vector<column>& key_columns() {
  static const std::vector<column> columns{
      {.title = "KEY"}, {.title = "STATE"}, {.title = "CREATED"}, {.title = "USE", .stretch = true}};
  return columns;
}

row key_row(json_view key) {
  const std::string state = reply_document::text_of(key, "state");
  const bool active = state == "active", revoked = state == "revoked";
  return {{reply_document::text_of(key, "id")},
          {state, active    ? colour::green
                  : revoked ? colour::red
                            : colour::none},
          {short_time(reply_document::text_of(key, "created"))},
          {active    ? "signs and verifies"
           : revoked ? "what it signed is refused"
                     : "verifies what it signed before"}};
}

result<exit_code> run_keyring_list(session& s, const keyring_options& o) {
  const auto file = keyring_file(o);
  if (!file) return file.error();
  const auto keys = storage::load_keyring(file->string());
  if (!keys) return keys.error();
  const auto doc = keyring_document(*file, *keys);
  if (!doc) return doc.error();
  s.out().list(doc->root(), "keys", key_columns(), key_row, "no keys");
  return exit_code::ok;
}

} // namespace

void add_keyring_list(command_line& line, CLI::App& keyring) {
  auto o = std::make_shared<keyring_options>();
  CLI::App& verb =
      line.verb(keyring, {.name = "list",
                          .summary = "Show the keys' ids, states and ages",
                          .details = "Newest first. Secrets are never shown.",
                          .example = "ropewalk keyring list --data /var/lib/ropewalk\n"
                                     "ropewalk keyring list --keyring /etc/ropewalk/keyring.json -o json"});
  add_keyring_options(verb, *o);
  line.on(verb, [o](session& s) { return run_keyring_list(s, *o); });
}

} // namespace ropewalk::cli
