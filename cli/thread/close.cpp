// ropewalk thread close

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/confirmed.hpp"
#include "cli/thread/thread_view.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_close_options {
  std::string id, reason, key;
  confirmation confirm;
};

result<exit_code> run_thread_close(session& s, const thread_close_options& o) {
  const auto asked = confirmed(
      s, o.id, o.confirm, [](const std::string& id, const std::string&) { return "close thread " + id + " for good"; });
  if (!asked) return asked.error();
  if (asked->ended) return *asked->ended;
  json_writer w;
  w.begin_object();
  field_if(w, "reason", o.reason);
  w.end_object();
  const auto reply = s.change_thread(asked->id, "close", w.text(), o.key);
  if (!reply) return reply.error();
  s.out().record(reply->root(), thread_lines_of(reply->root()));
  return exit_code::ok;
}

} // namespace

void add_thread_close(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_close_options>();
  CLI::App& verb =
      line.verb(thread, {.name = "close",
                         .summary = "Close a thread for good",
                         .details = "It can still be read, exported, forked and deleted. With --yes the id must be "
                                    "whole.",
                         .example = "ropewalk thread close trip-oslo --reason \"ticket solved\""});
  add_thread_id(verb, o->id);
  add_yes(verb, o->confirm);
  add_option(verb, "--reason", o->reason, "recorded, and shown with the thread");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_thread_close(s, *o); });
}

} // namespace ropewalk::cli
