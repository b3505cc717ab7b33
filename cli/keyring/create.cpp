// ropewalk keyring create

#include "cli/duration_text.hpp"
#include "cli/keyring/keyring_place.hpp"
#include "cli/keyring/verbs.hpp"
#include "storage/sealing/keyring_file.hpp"

namespace ropewalk::cli {
namespace {

result<exit_code> run_keyring_create(session& s, const keyring_options& o) {
  const auto file = keyring_file(o);
  if (!file) return file.error();
  const auto keys = storage::create_keyring(*file, wall_clock());
  if (!keys) return keys.error();
  const auto doc = keyring_document(*file, *keys);
  if (!doc) return doc.error();
  s.out().sentence(doc->root(), "made " + file->string() + " with the key " + keys->active().id);
  return exit_code::ok;
}

} // namespace

void add_keyring_create(command_line& line, CLI::App& keyring) {
  auto o = std::make_shared<keyring_options>();
  CLI::App& verb = line.verb(
      keyring, {.name = "create",
                .summary = "Make a keyring with one new key",
                .details = "A file of mode 0600; never over one that exists. A node without --keyring makes its\n"
                           "own in its directory.",
                .example = "ropewalk keyring create --keyring /etc/ropewalk/keyring.json"});
  add_keyring_options(verb, *o);
  line.on(verb, [o](session& s) { return run_keyring_create(s, *o); });
}

} // namespace ropewalk::cli
