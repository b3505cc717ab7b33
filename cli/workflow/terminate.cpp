// ropewalk workflow terminate

#include "cli/workflow/confirmed_end.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {

void add_workflow_terminate(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<end_options>();
  CLI::App& verb = line.verb(
      workflow, {.name = "terminate",
                 .summary = "End an instance at once and undo nothing",
                 .details = "Nothing is compensated; for what cannot end otherwise. With --yes the id must be whole.",
                 .example = "ropewalk workflow terminate order-7 --yes --reason \"the data center is gone\""});
  add_end_options(verb, *o);
  line.on(verb, [o](session& s) { return end_instance(s, *o, "terminate", "undo nothing"); });
}

} // namespace ropewalk::cli
