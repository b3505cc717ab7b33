// ropewalk schedule delete

#include <fmt/format.h>

#include "cli/confirmation.hpp"
#include "cli/counted.hpp"
#include "cli/request_options.hpp"
#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct schedule_delete_options {
  std::string name, key;
  confirmation confirm;
};

std::string deletion_text(const std::string& name, json_view schedule) {
  const std::int64_t waiting = reply_document::number_of(schedule, "waiting_count");
  const std::string with = waiting == 0 ? "" : fmt::format(" with {}", counted(waiting, "waiting start"));
  return fmt::format("delete schedule {}{}", name, with);
}

result<exit_code> run_schedule_delete(session& s, const schedule_delete_options& o) {
  if (!o.confirm.yes || o.confirm.dry_run) {
    const auto seen = s.change_schedule(o.name, "get", R"({"next":0})");
    if (!seen) return seen.error();
    const auto schedule = seen->root().find("schedule");
    if (!schedule) return error{errc::internal, "bad_reply", "the reply has no schedule", {}};
    const auto ended = consent(s, o.confirm, seen->root(), deletion_text(o.name, *schedule));
    if (!ended) return ended.error();
    if (*ended) return **ended;
  }
  const auto reply = s.change_schedule(o.name, "delete", "{}", o.key);
  if (!reply) return reply.error();
  s.out().sentence(reply->root(), fmt::format("deleted schedule {}", o.name));
  return exit_code::ok;
}

} // namespace

void add_schedule_delete(command_line& line, CLI::App& schedule) {
  auto o = std::make_shared<schedule_delete_options>();
  CLI::App& verb = line.verb(schedule, {.name = "delete",
                                        .summary = "Delete a schedule and the starts that wait",
                                        .details = "Instances that run are left alone.",
                                        .example = "ropewalk schedule delete nightly --yes\n"
                                                   "ropewalk schedule delete nightly --dry-run"});
  add_schedule_name(verb, o->name);
  add_yes(verb, o->confirm);
  add_dry_run(verb, o->confirm);
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_schedule_delete(s, *o); });
}

} // namespace ropewalk::cli
