// ropewalk workflow start

#include "cli/duration_text.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/result_wait.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/whole_state.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_start_options {
  std::string definition, id, input, key;
  std::uint32_t version = 0;
  std::vector<std::string> attributes;
  bool if_absent = false, wait = false;
  option version_given;
};

result<exit_code> run_workflow_start(session& s, const workflow_start_options& o) {
  if (!o.id.empty())
    if (auto fine = check_name("--id", o.id); !fine) return fine.error();
  s.place().id = o.id;
  json_writer w;
  w.begin_object();
  field_if(w, "id", o.id);
  w.field("definition", o.definition);
  if (o.version_given.given()) w.field("version", o.version);
  if (auto fine = write_object(w, "input", o.input, "--input"); !fine) return fine.error();
  if (auto fine = write_attributes(w, "attributes", o.attributes); !fine) return fine.error();
  if (o.if_absent) w.field("if_absent", true);
  w.end_object();
  const auto reply = s.ask_workflows("start", w.text(), o.key.empty() ? fresh_key() : o.key);
  if (!reply) return reply.error();
  if (!o.wait) {
    show_workflow(s.out(), reply->root(), wall_clock());
    return exit_code::ok;
  }
  const auto begun = reply->root().find("workflow");
  const std::string id = begun ? reply_document::text_of(*begun, "id") : o.id;
  s.place().id = id;
  if (s.out().style().terminal) s.note("started workflow " + id);
  auto ended = wait_for_result(s, id, {});
  if (!ended) return ended.error();
  const auto whole = with_whole_state(s, id, *std::move(ended));
  if (!whole) return whole.error();
  return show_result(s, id, *whole);
}

} // namespace

void add_workflow_start(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_start_options>();
  CLI::App& verb = line.verb(
      workflow,
      {.name = "start",
       .summary = "Begin an instance of a definition",
       .details = "An attribute's value that is a number, true or false is one; everything else is a text.\n"
                  "With --wait the command ends when the instance does, with 0 only if it completed.",
       .example = "ropewalk workflow start agent-creation --id order-7 --input '{\"agent\":\"planner\"}'\n"
                  "ropewalk workflow start agent-creation --input @order.json -a customer=c-9 -a urgent=true\n"
                  "ropewalk workflow start trip --wait"});
  add_option(verb, "DEFINITION", o->definition, "name of the definition").required();
  o->version_given = add_option(verb, "--version", o->version, "of the definition; default: the newest");
  add_option(verb, "--id", o->id, "the instance's id; left out, one is made");
  add_option(verb, "-i,--input", o->input,
             "merged over the definition's state: a JSON object, @FILE, or - for "
             "standard input");
  add_attributes(verb, o->attributes, "NAME=VALUE to find it by; may be given again");
  add_flag(verb, "--if-absent", o->if_absent,
           "an instance of that id, definition (and version, if given) and input is no error");
  add_flag(verb, "--wait", o->wait, "until it is over, and show its result");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_workflow_start(s, *o); });
}

} // namespace ropewalk::cli
