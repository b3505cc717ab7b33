// ropewalk workflow checkpoint

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_checkpoint_options {
  std::string id, reason, key;
};

result<exit_code> run_workflow_checkpoint(session& s, const workflow_checkpoint_options& o) {
  json_writer w;
  w.begin_object();
  field_if(w, "reason", o.reason);
  w.end_object();
  return change_and_show(s, o.id, "checkpoint", w.text(), o.key.empty() ? fresh_key() : o.key);
}

} // namespace

void add_workflow_checkpoint(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_checkpoint_options>();
  CLI::App& verb =
      line.verb(workflow, {.name = "checkpoint",
                           .summary = "Take a checkpoint now, besides those before every phase",
                           .details = "",
                           .example = "ropewalk workflow checkpoint order-7 --reason \"before the demo\""});
  add_whole_workflow_id(verb, o->id);
  add_reason(verb, o->reason);
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_workflow_checkpoint(s, *o); });
}

} // namespace ropewalk::cli
