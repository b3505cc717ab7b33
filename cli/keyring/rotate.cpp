// ropewalk keyring rotate

#include "cli/duration_text.hpp"
#include "cli/keyring/keyring_place.hpp"
#include "cli/keyring/verbs.hpp"
#include "storage/sealing/keyring_file.hpp"

namespace ropewalk::cli {
namespace {

result<exit_code> run_keyring_rotate(session& s, const keyring_options& o) {
  const auto file = keyring_file(o);
  if (!file) return file.error();
  const auto keys = storage::rotate_keyring(*file, wall_clock());
  if (!keys) return keys.error();
  const auto doc = keyring_document(*file, *keys);
  if (!doc) return doc.error();
  s.out().sentence(doc->root(), "the active key is " + keys->active().id + "; the one before goes on to verify");
  if (s.out().for_people()) s.note(reload_hint(o));
  return exit_code::ok;
}

} // namespace

void add_keyring_rotate(command_line& line, CLI::App& keyring) {
  auto o = std::make_shared<keyring_options>();
  CLI::App& verb = line.verb(keyring, {.name = "rotate",
                                       .summary = "Make a new active key; the one before goes on to verify",
                                       .details = "The file changes as a whole. Nodes load it again on SIGHUP and "
                                                  "serve meanwhile.",
                                       .example = "ropewalk keyring rotate --data /var/lib/ropewalk\n"
                                                  "kill -HUP $(cat /var/lib/ropewalk/lock)"});
  add_keyring_options(verb, *o);
  line.on(verb, [o](session& s) { return run_keyring_rotate(s, *o); });
}

} // namespace ropewalk::cli
