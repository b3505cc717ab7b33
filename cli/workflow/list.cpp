// ropewalk workflow list

#include "cli/option.hpp"
#include "cli/problem_text.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_list_options {
  workflow_filters filters;
  std::string cursor;
  std::uint64_t limit = 50;
  watch_options watch;
};

result<exit_code> run_workflow_list(session& s, const workflow_list_options& o) {
  return watched(s, o.watch, [&]() -> result<exit_code> {
    json_writer w;
    w.begin_object().field("limit", o.limit);
    if (auto fine = write_filters(w, o.filters); !fine) return fine.error();
    field_if(w, "cursor", o.cursor);
    w.end_object();
    const auto reply = s.ask_workflows("list", w.text());
    if (!reply) return reply.error();
    s.out().list(reply->root(), "workflows", workflow_columns(), workflow_row, "no workflows");
    const std::string next = reply->text("next_cursor");
    if (!next.empty() && s.out().style().terminal && !o.watch.on)
      s.note("there are more: a larger --limit, or --cursor " + shell_word(next));
    return exit_code::ok;
  });
}

} // namespace

void add_workflow_list(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_list_options>();
  CLI::App& verb = line.verb(workflow, {.name = "list",
                                        .summary = "List instances, the one that changed last first",
                                        .details = "",
                                        .example = "ropewalk workflow list --status failed --since 1d\n"
                                                   "ropewalk workflow list -d agent-creation -a customer=c-9\n"
                                                   "ropewalk workflow list --status running --watch"});
  add_filters(verb, o->filters);
  add_option(verb, "-n,--limit", o->limit, "most workflows").shows_default();
  add_option(verb, "--cursor", o->cursor, "next_cursor of the page before");
  add_watch(verb, o->watch);
  line.on(verb, [o](session& s) { return run_workflow_list(s, *o); });
}

} // namespace ropewalk::cli
