// ropewalk quarantine discard

#include <fmt/format.h>

#include "cli/confirmation.hpp"
#include "cli/option.hpp"
#include "cli/quarantine/entry_reference.hpp"
#include "cli/quarantine/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct quarantine_discard_options {
  std::string entry, reason;
  confirmation confirm;
};

result<exit_code> run_quarantine_discard(session& s, const quarantine_discard_options& o) {
  const auto which = parse_entry_reference(o.entry);
  if (!which) return which.error();
  if (!o.confirm.yes || o.confirm.dry_run) {
    const auto seen = ask_quarantined(s, *which);
    if (!seen) return seen.error();
    const auto ended =
        consent(s, o.confirm, seen->root(),
                fmt::format("discard {}, {}", which->text(), quarantined_text(*seen->root().find("entry"))));
    if (!ended) return ended.error();
    if (*ended) return **ended;
  }
  const auto reply = settle_quarantined(s, *which, "discarded", o.reason);
  if (!reply) return reply.error();
  s.out().sentence(reply->root(), fmt::format("discarded {}; it stays listed with --all", which->text()));
  return exit_code::ok;
}

} // namespace

void add_quarantine_discard(command_line& line, CLI::App& quarantine) {
  auto o = std::make_shared<quarantine_discard_options>();
  CLI::App& verb =
      line.verb(quarantine, {.name = "discard",
                             .summary = "Note that an entry in quarantine is not wanted, and why",
                             .details = "It is kept, and counts as an alarm no more.",
                             .example = "ropewalk quarantine discard n1:71 --reason \"sent again by hand\""});
  add_entry_reference(verb, o->entry);
  add_option(verb, "--reason", o->reason, "why, for those who look later").required();
  add_yes(verb, o->confirm);
  add_dry_run(verb, o->confirm);
  line.on(verb, [o](session& s) { return run_quarantine_discard(s, *o); });
}

} // namespace ropewalk::cli
