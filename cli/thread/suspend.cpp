// ropewalk thread suspend

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/thread_view.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_suspend_options {
  std::string id, reason, key;
};

result<exit_code> run_thread_suspend(session& s, const thread_suspend_options& o) {
  json_writer w;
  w.begin_object();
  field_if(w, "reason", o.reason);
  w.end_object();
  const auto reply = s.change_thread(o.id, "suspend", w.text(), o.key);
  if (!reply) return reply.error();
  s.out().record(reply->root(), thread_lines_of(reply->root()));
  return exit_code::ok;
}

} // namespace

void add_thread_suspend(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_suspend_options>();
  CLI::App& verb =
      line.verb(thread, {.name = "suspend",
                         .summary = "Let a thread be read but not changed",
                         .details = "Its messages stay as they are until it is resumed.",
                         .example = "ropewalk thread suspend trip-oslo --reason \"waiting for approval\""});
  add_whole_thread_id(verb, o->id);
  add_option(verb, "--reason", o->reason, "recorded, and shown with the thread");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_thread_suspend(s, *o); });
}

} // namespace ropewalk::cli
