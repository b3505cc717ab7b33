// ropewalk checkpoint list

#include "cli/checkpoint/verbs.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/checkpoint_view.hpp"

namespace ropewalk::cli {

void add_checkpoint_list(command_line& line, CLI::App& checkpoint) {
  auto o = std::make_shared<checkpoint_page>();
  CLI::App& verb = line.verb(checkpoint, {.name = "list",
                                          .summary = "List the checkpoints of a workflow instance, the newest first",
                                          .details = "",
                                          .example = "ropewalk checkpoint list order-7"});
  add_workflow_id(verb, o->id);
  add_option(verb, "-n,--limit", o->limit, "most checkpoints").shows_default();
  add_option(verb, "--cursor", o->cursor, "next_cursor of the page before");
  line.on(verb, [o](session& s) { return list_checkpoints(s, *o); });
}

} // namespace ropewalk::cli
