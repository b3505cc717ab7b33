// ropewalk workflow checkpoints

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/checkpoint_view.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {

void add_workflow_checkpoints(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<checkpoint_page>();
  CLI::App& verb = line.verb(workflow, {.name = "checkpoints",
                                        .summary = "List an instance's checkpoints, the newest first",
                                        .details = "",
                                        .example = "ropewalk workflow checkpoints order-7\n"
                                                   "ropewalk checkpoint show order-7 latest"});
  add_workflow_id(verb, o->id);
  add_option(verb, "-n,--limit", o->limit, "most checkpoints").shows_default();
  add_option(verb, "--cursor", o->cursor, "next_cursor of the page before");
  line.on(verb, [o](session& s) { return list_checkpoints(s, *o); });
}

} // namespace ropewalk::cli
