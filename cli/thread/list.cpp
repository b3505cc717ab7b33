// ropewalk thread list

#include "cli/option.hpp"
#include "cli/problem_text.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/thread_options.hpp"
#include "cli/thread/thread_view.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_list_options {
  filter_options filters;
  std::string cursor;
  std::uint64_t limit = 50;
  watch_options watch;
};

result<exit_code> run_thread_list(session& s, const thread_list_options& o) {
  return watched(s, o.watch, [&]() -> result<exit_code> {
    json_writer w;
    w.begin_object().field("limit", o.limit);
    if (auto fine = write_filters(w, o.filters); !fine) return fine.error();
    field_if(w, "cursor", o.cursor);
    w.end_object();
    const auto reply = s.ask_threads("list", w.text());
    if (!reply) return reply.error();
    s.out().list(reply->root(), "threads", thread_columns(), thread_row, "no threads");
    const std::string next = reply->text("next_cursor");
    if (!next.empty() && s.out().style().terminal && !o.watch.on)
      s.note("there are more: a larger --limit, or --cursor " + shell_word(next));
    return exit_code::ok;
  });
}

} // namespace

void add_thread_list(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_list_options>();
  CLI::App& verb = line.verb(thread, {.name = "list",
                                      .summary = "List threads, the one that changed last first",
                                      .details = "",
                                      .example = "ropewalk thread list --user ann --since 7d\n"
                                                 "ropewalk thread list --status active --watch\n"
                                                 "ropewalk thread list --limit 1000 -o jsonl"});
  add_filters(verb, o->filters);
  add_option(verb, "-n,--limit", o->limit, "most threads").shows_default();
  add_option(verb, "--cursor", o->cursor, "next_cursor of the page before");
  add_watch(verb, o->watch);
  line.on(verb, [o](session& s) { return run_thread_list(s, *o); });
}

} // namespace ropewalk::cli
