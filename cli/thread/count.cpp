// ropewalk thread count

#include "cli/counted.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/thread_options.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_count_options {
  filter_options filters;
  watch_options watch;
};

result<exit_code> run_thread_count(session& s, const thread_count_options& o) {
  return watched(s, o.watch, [&]() -> result<exit_code> {
    json_writer w;
    w.begin_object();
    if (auto fine = write_filters(w, o.filters); !fine) return fine.error();
    w.end_object();
    const auto reply = s.ask_threads("count", w.text());
    if (!reply) return reply.error();
    s.out().sentence(reply->root(),
                     counted(reply->number("count"), "thread") + ", " + counted(reply->number("messages"), "message"));
    return exit_code::ok;
  });
}

} // namespace

void add_thread_count(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_count_options>();
  CLI::App& verb = line.verb(thread, {.name = "count",
                                      .summary = "Count threads and their messages",
                                      .details = "",
                                      .example = "ropewalk thread count --tag travel"});
  add_filters(verb, o->filters);
  add_watch(verb, o->watch);
  line.on(verb, [o](session& s) { return run_thread_count(s, *o); });
}

} // namespace ropewalk::cli
