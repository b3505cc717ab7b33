// ropewalk workflow retry

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_retry_options {
  std::string id, reason, key;
  std::uint64_t run = 0;
  option run_given;
};

result<exit_code> run_workflow_retry(session& s, const workflow_retry_options& o) {
  json_writer w;
  w.begin_object();
  if (o.run_given.given()) w.field("run", o.run);
  field_if(w, "reason", o.reason);
  w.end_object();
  return change_and_show(s, o.id, "retry", w.text(), o.key.empty() ? fresh_key() : o.key);
}

} // namespace

void add_workflow_retry(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_retry_options>();
  CLI::App& verb = line.verb(
      workflow, {.name = "retry",
                 .summary = "Let a failed instance go on where it failed",
                 .details = "Its attempts are counted anew. In one that has not failed, runs that wait for their next\n"
                            "attempt are tried at once.",
                 .example = "ropewalk workflow retry order-7 --reason \"the provider is back\"\n"
                            "ropewalk workflow retry order-7 --run 3"});
  add_whole_workflow_id(verb, o->id);
  o->run_given = add_option(verb, "--run", o->run, "only this run, of those that wait for their next attempt");
  add_reason(verb, o->reason);
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_workflow_retry(s, *o); });
}

} // namespace ropewalk::cli
