// ropewalk workflow cancel

#include "cli/workflow/confirmed_end.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {

void add_workflow_cancel(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<end_options>();
  CLI::App& verb = line.verb(
      workflow,
      {.name = "cancel",
       .summary = "End an instance and undo what it did",
       .details = "What is under way is called off, children too; then the compensations of completed phases run in\n"
                  "reverse order. A parked instance does that once it is resumed. With --yes the id must be whole.",
       .example = "ropewalk workflow cancel order-7 --reason \"ordered twice\"\n"
                  "ropewalk workflow cancel order-7 --dry-run"});
  add_end_options(verb, *o);
  line.on(verb, [o](session& s) { return end_instance(s, *o, "cancel", "undo what it did"); });
}

} // namespace ropewalk::cli
