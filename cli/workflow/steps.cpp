// ropewalk workflow steps

#include <fmt/format.h>

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_steps_options {
  std::string id;
  std::uint64_t run = 0;
};

row step_row(json_view step) {
  const auto recorded = step.find("recorded");
  const bool done = recorded && recorded->is(json_type::boolean) && recorded->boolean();
  return {{done ? "recorded" : "begun", done ? colour::green : colour::yellow},
          {reply_document::text_of(step, "step")}};
}

result<exit_code> run_workflow_steps(session& s, const workflow_steps_options& o) {
  const auto reply = s.ask_workflow(o.id, "steps", fmt::format(R"({{"run":{}}})", o.run));
  if (!reply) return reply.error();
  static const std::vector<column> columns{{.title = "STATUS"}, {.title = "STEP", .stretch = true}};
  s.out().list(reply->root(), "steps", columns, step_row, "no steps");
  return exit_code::ok;
}

} // namespace

void add_workflow_steps(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_steps_options>();
  CLI::App& verb = line.verb(workflow, {.name = "steps",
                                        .summary = "The steps that a worker recorded in a run under way",
                                        .details = "A recorded step is not done again, whoever takes the run over.",
                                        .example = "ropewalk workflow steps order-7 3"});
  add_workflow_id(verb, o->id);
  add_option(verb, "RUN", o->run, "the run's number, as `get` shows it").required();
  line.on(verb, [o](session& s) { return run_workflow_steps(s, *o); });
}

} // namespace ropewalk::cli
