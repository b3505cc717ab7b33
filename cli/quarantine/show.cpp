// ropewalk quarantine show

#include <fmt/format.h>

#include "cli/json_text_view.hpp"
#include "cli/quarantine/entry_reference.hpp"
#include "cli/quarantine/verbs.hpp"
#include "cli/reply_fields.hpp"

namespace ropewalk::cli {
namespace {

// "partition 3 went on from index 39 in epoch 4, generation 1"
std::string cut_text(json_view entry) {
  const auto cut = entry.find("cut");
  if (!cut) return {};
  const std::int64_t epoch = number_of(*cut, "epoch");
  return fmt::format(
      "partition {} went on without it from index {}{}", number_of(entry, "partition"), number_of(*cut, "kept_upto"),
      epoch == 0 ? "" : fmt::format(", in epoch {}, generation {}", epoch, number_of(*cut, "generation")));
}

std::string promised_text(json_view entry) {
  const std::string promised = text_of(entry, "promised");
  const std::string known =
      text_of(entry, "reached") == "log" ? "was in the stream" : "not known to have been in the stream";
  return (promised.empty() ? "unknown" : promised) + ", " + known;
}

result<exit_code> run_quarantine_show(session& s, const std::string& text) {
  const auto which = parse_entry_reference(text);
  if (!which) return which.error();
  const auto reply = ask_quarantined(s, *which);
  if (!reply) return reply.error();
  const json_view e = *reply->root().find("entry");
  const auto key = e.find("idempotency");
  const auto body = e.find("body");
  s.out().record(reply->root(),
                 {{"Entry", {which->text()}},
                  {"State", {text_of(e, "state"), text_of(e, "state") == "open" ? colour::red : colour::none}},
                  {"Reason", {text_of(e, "reason")}},
                  {"Promised", {promised_text(e)}},
                  {"What", {quarantined_text(e)}},
                  {"Place",
                   {fmt::format("partition {}, index {}, epoch {}", number_of(e, "partition"), number_of(e, "index"),
                                number_of(e, "epoch"))}},
                  {"Written", {text_of(e, "written_at")}},
                  {"Cut off", {text_of(e, "cut_at")}},
                  {"Why", {cut_text(e)}},
                  {"Idempotency key", {key ? text_of(*key, "key") : ""}},
                  {"Hash", {text_of(e, "hash")}},
                  {"Body", {body ? indented_json(*body) : ""}}});
  return exit_code::ok;
}

} // namespace

void add_quarantine_show(command_line& line, CLI::App& quarantine) {
  auto entry = std::make_shared<std::string>();
  CLI::App& verb = line.verb(quarantine, {.name = "show",
                                          .summary = "One entry in quarantine, with its body",
                                          .details = "",
                                          .example = "ropewalk quarantine show n1:71"});
  add_entry_reference(verb, *entry);
  line.on(verb, [entry](session& s) { return run_quarantine_show(s, *entry); });
}

} // namespace ropewalk::cli
