// ropewalk thread remove

#include <fmt/format.h>

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/confirmed.hpp"
#include "cli/thread/thread_options.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_remove_options {
  std::string id, message, key;
  confirmation confirm;
};

result<exit_code> run_thread_remove(session& s, const thread_remove_options& o) {
  const auto asked = confirmed(s, o.id, o.confirm, [&](const std::string& id, const std::string&) {
    return fmt::format("remove message {} of thread {}", o.message, id);
  });
  if (!asked) return asked.error();
  if (asked->ended) return *asked->ended;
  json_writer w;
  w.begin_object();
  write_message_ref(w, o.message);
  w.end_object();
  const auto reply = s.change_thread(asked->id, "remove", w.text(), o.key);
  if (!reply) return reply.error();
  s.out().sentence(reply->root(), fmt::format("removed message {} of thread {}", reply->number("seq"), asked->id));
  return exit_code::ok;
}

} // namespace

void add_thread_remove(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_remove_options>();
  CLI::App& verb = line.verb(thread, {.name = "remove",
                                      .summary = "Remove one message; its seq stays unused",
                                      .details = "With --yes the id must be whole.",
                                      .example = "ropewalk thread remove trip-oslo 4"});
  add_thread_id(verb, o->id);
  add_option(verb, "MESSAGE", o->message, "its seq or its id").required();
  add_yes(verb, o->confirm);
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_thread_remove(s, *o); });
}

} // namespace ropewalk::cli
