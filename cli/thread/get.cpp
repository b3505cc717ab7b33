// ropewalk thread get

#include "cli/request_options.hpp"
#include "cli/thread/thread_view.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_get_options {
  std::string id;
  watch_options watch;
};

result<exit_code> run_thread_get(session& s, const thread_get_options& o) {
  return watched(s, o.watch, [&]() -> result<exit_code> {
    const auto reply = s.ask_thread(o.id, "get", "{}");
    if (!reply) return reply.error();
    s.out().record(reply->root(), thread_lines_of(reply->root()));
    return exit_code::ok;
  });
}

} // namespace

void add_thread_get(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_get_options>();
  CLI::App& verb = line.verb(thread, {.name = "get",
                                      .summary = "Show a thread without its messages",
                                      .details = "",
                                      .example = "ropewalk thread get trip-oslo\nropewalk thread get trip -o json"});
  add_thread_id(verb, o->id);
  add_watch(verb, o->watch);
  line.on(verb, [o](session& s) { return run_thread_get(s, *o); });
}

} // namespace ropewalk::cli
