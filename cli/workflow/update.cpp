// ropewalk workflow update

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_update_options {
  std::string id, patch, reason, key;
  std::uint64_t expected_version = 0;
  option version_given;
};

result<exit_code> run_workflow_update(session& s, const workflow_update_options& o) {
  json_writer w;
  w.begin_object();
  if (auto fine = write_object(w, "patch", o.patch, "--patch"); !fine) return fine.error();
  field_if(w, "reason", o.reason);
  if (o.version_given.given()) w.field("expected_version", o.expected_version);
  w.end_object();
  return change_and_show(s, o.id, "update", w.text(), o.key.empty() ? fresh_key() : o.key);
}

} // namespace

void add_workflow_update(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_update_options>();
  CLI::App& verb = line.verb(
      workflow,
      {.name = "update",
       .summary = "Change an instance's state from outside",
       .details = "The patch is merged over the state (RFC 7386): null removes a member. Runs under way keep\n"
                  "the input that they were given.",
       .example = "ropewalk workflow update order-7 --patch '{\"budget\":500,\"draft\":null}' --reason "
                  "\"agreed with the customer\""});
  add_whole_workflow_id(verb, o->id);
  add_option(verb, "-p,--patch", o->patch, "a JSON object, @FILE, or - for standard input").required();
  add_reason(verb, o->reason);
  o->version_given =
      add_option(verb, "--expected-version", o->expected_version, "refuse if the instance's version is another one");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_workflow_update(s, *o); });
}

} // namespace ropewalk::cli
