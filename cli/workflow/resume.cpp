// ropewalk workflow resume

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {

void add_workflow_resume(command_line& line, CLI::App& workflow) {
  struct options {
    std::string id, key;
  };
  auto o = std::make_shared<options>();
  CLI::App& verb = line.verb(workflow, {.name = "resume",
                                        .summary = "Let a paused or crashed instance go on",
                                        .details = "",
                                        .example = "ropewalk workflow resume order-7"});
  add_whole_workflow_id(verb, o->id);
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return change_and_show(s, o->id, "resume", "{}", o->key); });
}

} // namespace ropewalk::cli
