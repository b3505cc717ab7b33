// ropewalk workflow count

#include "cli/counted.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/workflow_options.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_count_options {
  workflow_filters filters;
  watch_options watch;
};

result<exit_code> run_workflow_count(session& s, const workflow_count_options& o) {
  return watched(s, o.watch, [&]() -> result<exit_code> {
    json_writer w;
    w.begin_object();
    if (auto fine = write_filters(w, o.filters); !fine) return fine.error();
    w.end_object();
    const auto reply = s.ask_workflows("count", w.text());
    if (!reply) return reply.error();
    s.out().sentence(reply->root(), counted(reply->number("count"), "workflow"));
    return exit_code::ok;
  });
}

} // namespace

void add_workflow_count(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_count_options>();
  CLI::App& verb = line.verb(workflow, {.name = "count",
                                        .summary = "Count instances",
                                        .details = "",
                                        .example = "ropewalk workflow count --status running\n"
                                                   "ropewalk workflow count -d agent-creation --started-since 1d"});
  add_filters(verb, o->filters);
  add_watch(verb, o->watch);
  line.on(verb, [o](session& s) { return run_workflow_count(s, *o); });
}

} // namespace ropewalk::cli
