// ropewalk restore: a backup put back into an empty directory.

#include <fmt/format.h>

#include "cli/confirmation.hpp"
#include "cli/duration_text.hpp"
#include "cli/keyring/keyring_place.hpp"
#include "cli/node/backup_report.hpp"
#include "cli/node/stop_signals.hpp"
#include "cli/option.hpp"
#include "cli/usage.hpp"
#include "cli/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct restore_options {
  std::string backup, data, keyring;
  bool all_members_lost = false;
  confirmation confirm;
};

result<exit_code> run_restore(session& s, const restore_options& o) {
  if (o.data.empty()) return bad_usage("--data", "is required: the directory that gets the journal");
  const auto manifest = storage::read_manifest(o.backup);
  if (!manifest) return manifest.error();
  const auto about = reply_document::parse(storage::encode_manifest(*manifest));
  if (!about) return about.error();
  if (o.all_members_lost || o.confirm.dry_run) {
    const std::string deed =
        o.all_members_lost
            ? fmt::format("make {} a member that counts at once with what cluster {} held at {}, giving up all that was "
                          "acknowledged later, because every other disk of it is lost",
                          o.data, manifest->cluster, to_rfc3339(manifest->created_at))
            : fmt::format("put the backup of {} back into {}", to_rfc3339(manifest->created_at), o.data);
    const auto ended = consent(s, o.confirm, about->root(), deed);
    if (!ended) return ended.error();
    if (*ended) return **ended;
  }
  const auto keys = keys_for(o.data, o.keyring);
  if (!keys) return keys.error();
  const stop_signals signals;
  backup_bar bar(signals);
  const auto back = storage::put_back(o.backup, o.data,
                                      {.now = wall_clock(),
                                       .keys = *keys ? &**keys : nullptr,
                                       .all_members_lost = o.all_members_lost,
                                       .progress = bar.told()});
  bar.clear();
  if (!back && back.error().type == "interrupted") {
    s.note("interrupted; nothing was put back");
    return exit_code::interrupted;
  }
  if (!back) return back.error();
  if (auto shown = show_backup(s, *back, "restored", o.data); !shown) return shown.error();
  if (!*keys && !std::filesystem::exists(keyring_of(o.data)) && back->checkpoints > 0)
    s.note("the backup has no keyring: start the node with the one that sealed its checkpoints");
  if (o.all_members_lost)
    s.note("do the same for so many members that takeovers are possible (of 3: two), start these, then the others with "
           "empty directories");
  return back->refused_checkpoints == 0 ? exit_code::ok : exit_code::verification_failed;
}

} // namespace

void add_restore(command_line& line) {
  auto o = std::make_shared<restore_options>();
  CLI::App& verb = line.verb(
      line.root(),
      {.name = "restore",
       .summary = "Put a backup back into an empty directory, verified",
       .details =
           "The journal appears whole or not at all. Exit code 7 if it did, and has checkpoints that the keyring does not\n"
           "verify (a key was revoked since, say): a node passes over them. A node that is alone serves what it held. A member of a cluster\n"
           "learns from the others first what it does not have, as one whose disk was put back.\n"
           "--all-members-lost is for when there are no others any more: without it nobody would have anybody to learn\n"
           "from. Never use it while a member is left whose disk is whole: start that one instead.",
       .example = "ropewalk restore /backup/n1-2026-01-31 --data /var/lib/ropewalk\n"
                  "ropewalk restore /backup/n1-2026-01-31 --data /var/lib/ropewalk --all-members-lost"});
  add_option(verb, "BACKUP", o->backup, "directory that `ropewalk backup` made").required();
  add_option(verb, "--data", o->data, "the node's directory; made if it is missing").variable("ROPEWALK_DATA");
  add_option(verb, "--keyring", o->keyring,
             "what verifies the checkpoints: a file, or fd:N; default: the one in the directory, if there is one")
      .variable("ROPEWALK_KEYRING");
  add_flag(verb, "--all-members-lost", o->all_members_lost,
           "the cluster's other disks are lost: the member counts at once; what came after the backup is given up");
  add_yes(verb, o->confirm);
  add_dry_run(verb, o->confirm);
  line.on(verb, [o](session& s) { return run_restore(s, *o); });
}

} // namespace ropewalk::cli
