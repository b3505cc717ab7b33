// ropewalk thread resume

#include "cli/request_options.hpp"
#include "cli/thread/thread_view.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_resume_options {
  std::string id, key;
};

result<exit_code> run_thread_resume(session& s, const thread_resume_options& o) {
  const auto reply = s.change_thread(o.id, "resume", "{}", o.key);
  if (!reply) return reply.error();
  s.out().record(reply->root(), thread_lines_of(reply->root()));
  return exit_code::ok;
}

} // namespace

void add_thread_resume(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_resume_options>();
  CLI::App& verb = line.verb(thread, {.name = "resume",
                                      .summary = "Make a suspended thread active again",
                                      .details = "",
                                      .example = "ropewalk thread resume trip-oslo"});
  add_whole_thread_id(verb, o->id);
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_thread_resume(s, *o); });
}

} // namespace ropewalk::cli
