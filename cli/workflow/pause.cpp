// ropewalk workflow pause

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_pause_options {
  std::string id, reason, key;
};

result<exit_code> run_workflow_pause(session& s, const workflow_pause_options& o) {
  json_writer w;
  w.begin_object();
  field_if(w, "reason", o.reason);
  w.end_object();
  return change_and_show(s, o.id, "pause", w.text(), o.key);
}

} // namespace

void add_workflow_pause(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_pause_options>();
  CLI::App& verb =
      line.verb(workflow, {.name = "pause",
                           .summary = "Let no phase and no attempt begin any more",
                           .details = "What is under way may complete; signals are kept, and timers wait.",
                           .example = "ropewalk workflow pause order-7 --reason \"the provider is down\""});
  add_whole_workflow_id(verb, o->id);
  add_reason(verb, o->reason);
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_workflow_pause(s, *o); });
}

} // namespace ropewalk::cli
