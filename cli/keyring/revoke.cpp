// ropewalk keyring revoke

#include "cli/confirmation.hpp"
#include "cli/keyring/keyring_place.hpp"
#include "cli/keyring/verbs.hpp"
#include "cli/option.hpp"
#include "storage/sealing/keyring_file.hpp"

namespace ropewalk::cli {
namespace {

struct keyring_revoke_options {
  keyring_options where;
  std::string id;
  confirmation confirm;
};

result<exit_code> run_keyring_revoke(session& s, const keyring_revoke_options& o) {
  const auto file = keyring_file(o.where);
  if (!file) return file.error();
  const auto before = storage::load_keyring(file->string());
  if (!before) return before.error();
  const auto after = before->revoked(o.id); // what forbids it is told before anybody is asked
  if (!after) return after.error();
  const auto doc = keyring_document(*file, *after);
  if (!doc) return doc.error();
  if (before->find(o.id)->state == storage::key_state::revoked) {
    s.out().sentence(doc->root(), "the key " + o.id + " is revoked already");
    return exit_code::ok;
  }
  const auto ended =
      consent(s, o.confirm, doc->root(), "revoke the key " + o.id + ": all that it signed is refused from then on");
  if (!ended) return ended.error();
  if (*ended) return **ended;
  const auto keys = storage::revoke_key(*file, o.id);
  if (!keys) return keys.error();
  const auto done = keyring_document(*file, *keys);
  if (!done) return done.error();
  s.out().sentence(done->root(), "revoked the key " + o.id);
  if (s.out().for_people()) s.note(reload_hint(o.where));
  return exit_code::ok;
}

} // namespace

void add_keyring_revoke(command_line& line, CLI::App& keyring) {
  auto o = std::make_shared<keyring_revoke_options>();
  CLI::App& verb = line.verb(
      keyring,
      {.name = "revoke",
       .summary = "Refuse what a key signed, because somebody else may know it",
       .details = "Checkpoints that it sealed are passed over: older ones and the journal stand in. Task tokens\n"
                  "that it signed are refused. The active key cannot be revoked: rotate first.",
       .example = "ropewalk keyring revoke k-2026-01-31-0a1b2c3d4e5f --data /var/lib/ropewalk --dry-run"});
  add_option(verb, "ID", o->id, "the key's id, whole").required();
  add_keyring_options(verb, o->where);
  add_yes(verb, o->confirm);
  add_dry_run(verb, o->confirm);
  line.on(verb, [o](session& s) { return run_keyring_revoke(s, *o); });
}

} // namespace ropewalk::cli
