// ropewalk thread clear

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/confirmed.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_clear_options {
  std::string id, key;
  confirmation confirm;
};

result<exit_code> run_thread_clear(session& s, const thread_clear_options& o) {
  const auto asked = confirmed(s, o.id, o.confirm, [](const std::string& id, const std::string& messages) {
    return fmt::format("remove {} of thread {}", messages, id);
  });
  if (!asked) return asked.error();
  if (asked->ended) return *asked->ended;
  const auto reply = s.change_thread(asked->id, "clear", "{}", o.key);
  if (!reply) return reply.error();
  s.out().sentence(reply->root(),
                   fmt::format("removed {} of thread {}", counted(reply->number("cleared"), "message"), asked->id));
  return exit_code::ok;
}

} // namespace

void add_thread_clear(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_clear_options>();
  CLI::App& verb = line.verb(thread, {.name = "clear",
                                      .summary = "Remove all messages, keep the thread",
                                      .details = "Seqs go on where they were. With --yes the id must be whole.",
                                      .example = "ropewalk thread clear trip-oslo"});
  add_thread_id(verb, o->id);
  add_yes(verb, o->confirm);
  add_dry_run(verb, o->confirm);
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_thread_clear(s, *o); });
}

} // namespace ropewalk::cli
