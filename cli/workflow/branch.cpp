// ropewalk workflow branch

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_branch_options {
  std::string id, to, patch, key;
  std::vector<std::string> attributes;
  recorded_state_options at;
};

result<exit_code> run_workflow_branch(session& s, const workflow_branch_options& o) {
  json_writer w;
  w.begin_object();
  field_if(w, "to", o.to);
  write_recorded_state(w, o.at);
  if (auto fine = write_object(w, "patch", o.patch, "--patch"); !fine) return fine.error();
  if (auto fine = write_attributes(w, "attributes", o.attributes); !fine) return fine.error();
  w.end_object();
  return change_and_show(s, o.id, "branch", w.text(), o.key.empty() ? fresh_key() : o.key);
}

} // namespace

void add_workflow_branch(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_branch_options>();
  CLI::App& verb = line.verb(
      workflow,
      {.name = "branch",
       .summary = "Begin an instance that goes on from a recorded state of this one",
       .details = "This one is left alone. What was under way in that state is begun anew.",
       .example = "ropewalk workflow branch order-7\n"
                  "ropewalk workflow branch order-7 --version 12 --to order-7-b --patch '{\"model\":\"small\"}'"});
  add_whole_workflow_id(verb, o->id);
  add_option(verb, "--to", o->to, "the new instance's id; left out, one is made");
  add_recorded_state(verb, o->at, "a version of this instance; default: the newest");
  add_option(verb, "-p,--patch", o->patch, "merged over the state (RFC 7386): JSON, @FILE, or - for standard input");
  add_attributes(verb, o->attributes, "NAME=VALUE of the new instance; default: this one's");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_workflow_branch(s, *o); });
}

} // namespace ropewalk::cli
