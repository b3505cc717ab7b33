// ropewalk thread delete

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/confirmed.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_delete_options {
  std::string id, reason, key;
  confirmation confirm;
};

result<exit_code> run_thread_delete(session& s, const thread_delete_options& o) {
  const auto asked = confirmed(s, o.id, o.confirm, [](const std::string& id, const std::string& messages) {
    return fmt::format("delete thread {} with {}", id, messages);
  });
  if (!asked) return asked.error();
  if (asked->ended) return *asked->ended;
  json_writer w;
  w.begin_object();
  field_if(w, "reason", o.reason);
  w.end_object();
  const auto reply = s.change_thread(asked->id, "delete", w.text(), o.key);
  if (!reply) return reply.error();
  s.out().sentence(reply->root(),
                   fmt::format("deleted thread {} with {}", asked->id, counted(reply->number("messages"), "message")));
  return exit_code::ok;
}

} // namespace

void add_thread_delete(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_delete_options>();
  CLI::App& verb = line.verb(thread, {.name = "delete",
                                      .summary = "Delete a thread and its messages",
                                      .details = "Forks of it keep what they share. With --yes the id must be whole.",
                                      .example = "ropewalk thread delete trip-oslo --reason \"asked for by the user\"\n"
                                                 "ropewalk thread delete trip-oslo --dry-run"});
  add_thread_id(verb, o->id);
  add_yes(verb, o->confirm);
  add_dry_run(verb, o->confirm);
  add_option(verb, "--reason", o->reason, "recorded in the journal");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_thread_delete(s, *o); });
}

} // namespace ropewalk::cli
