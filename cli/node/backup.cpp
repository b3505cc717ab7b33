// ropewalk backup: a node's journal, copied while it serves, verified, and kept as a directory of two files.

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/node/backup_report.hpp"
#include "cli/node/journal_on_disk.hpp"
#include "cli/node/stop_signals.hpp"
#include "cli/option.hpp"
#include "cli/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct backup_options {
  std::string data, target, node, keyring;
};

result<exit_code> run_backup(session& s, const backup_options& o) {
  const auto found = find_journal(o.data, o.keyring);
  if (!found) return found.error();
  const stop_signals signals;
  backup_bar bar(signals);
  const auto made = storage::make_backup(
      found->file, o.target,
      {.node = o.node, .now = wall_clock(), .keys = found->keyring(), .progress = bar.told()});
  bar.clear();
  if (!made && made.error().type == "interrupted") {
    s.note("interrupted; there is no backup");
    return exit_code::interrupted;
  }
  if (!made) return made.error();
  if (auto shown = show_backup(s, *made, "backup", o.target); !shown) return shown.error();
  note_unchecked_seals(s, *found, made->checkpoints);
  return made->refused_checkpoints == 0 ? exit_code::ok : exit_code::verification_failed;
}

} // namespace

void add_backup(command_line& line) {
  auto o = std::make_shared<backup_options>();
  CLI::App& verb = line.verb(
      line.root(),
      {.name = "backup",
       .summary = "Copy a node's journal while it serves, verify the copy, and keep it",
       .details =
           "Reads the files itself; the node may run or not, and goes on writing. TARGET is a new directory, made whole\n"
           "or not at all: journal.db and backup.json, which says what is in it. Exit code 7 if chains do not verify\n"
           "(then there is no backup), or if checkpoints do not (they are kept as they are, and a node passes over\n"
           "them). The keyring is a secret and is not in it: keep that elsewhere.",
       .example = "ropewalk backup --data /var/lib/ropewalk /backup/n1-$(date +%F)\n"
                  "ropewalk restore /backup/n1-2026-01-31 --data /var/lib/ropewalk"});
  add_option(verb, "TARGET", o->target, "directory to make; its parent must be there").required();
  add_option(verb, "--data", o->data, "the node's directory").variable("ROPEWALK_DATA");
  add_option(verb, "--name", o->node, "the node's name, to be noted in the backup").variable("ROPEWALK_NAME");
  add_option(verb, "--keyring", o->keyring, "the node's keyring: a file, or fd:N; default: the one in the directory")
      .variable("ROPEWALK_KEYRING");
  line.on(verb, [o](session& s) { return run_backup(s, *o); });
}

} // namespace ropewalk::cli
