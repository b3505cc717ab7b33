// ropewalk quarantine offer

#include <fmt/format.h>

#include "cli/quarantine/entry_reference.hpp"
#include "cli/quarantine/offered_append.hpp"
#include "cli/quarantine/verbs.hpp"
#include "cli/reply_fields.hpp"

namespace ropewalk::cli {
namespace {

result<exit_code> run_quarantine_offer(session& s, const std::string& text) {
  const auto which = parse_entry_reference(text);
  if (!which) return which.error();
  const auto seen = ask_quarantined(s, *which);
  if (!seen) return seen.error();
  const json_view entry = *seen->root().find("entry");
  if (const std::string state = text_of(entry, "state"); state != "open")
    return error{errc::conflict, "already_settled", fmt::format("{} is {} already", which->text(), state), "ENTRY"};
  const auto append = append_of(entry);
  if (!append) return append.error();
  const auto here = s.endpoint();
  if (!here) return here.error();
  cli::endpoint of_its_org = *here;
  of_its_org.org = append->org;
  auto client = wire_client::connect(of_its_org);
  if (!client) return client.error();
  const auto reply = (*client)->thread(append->thread, "append", append->body, append->key);
  if (!reply) return reply.error();
  // Whoever fails here offers again: the key makes it the same append.
  const auto settled =
      settle_quarantined(s, *which, "offered", fmt::format("it is message {} of the thread", reply->number("seq")));
  if (!settled) return settled.error();
  s.out().sentence(reply->root(),
                   fmt::format("{} is message {} of thread {}/{}{}", which->text(), reply->number("seq"), append->org,
                               append->thread, reply->flag("replayed") ? " (it was there already)" : ""));
  return exit_code::ok;
}

} // namespace

void add_quarantine_offer(command_line& line, CLI::App& quarantine) {
  auto entry = std::make_shared<std::string>();
  CLI::App& verb = line.verb(
      quarantine,
      {.name = "offer",
       .summary = "Append a message in quarantine to its thread again",
       .details = "As a new message at the thread's end, with the idempotency key that it had: if the client asked\n"
                  "again meanwhile it is there once. Other entries than appended messages cannot be offered.",
       .example = "ropewalk quarantine offer n1:71"});
  add_entry_reference(verb, *entry);
  line.on(verb, [entry](session& s) { return run_quarantine_offer(s, *entry); });
}

} // namespace ropewalk::cli
