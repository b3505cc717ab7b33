// ropewalk workflow definition

#include "cli/duration_text.hpp"
#include "cli/json_text_view.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_definition_options {
  std::string name;
  std::uint32_t version = 0;
  bool document = false;
  option version_given;
};

result<exit_code> run_workflow_definition(session& s, const workflow_definition_options& o) {
  json_writer w;
  w.begin_object().field("name", o.name);
  if (o.version_given.given()) w.field("version", o.version);
  w.end_object();
  const auto reply = s.ask_workflows("definition", w.text());
  if (!reply) return reply.error();
  const auto d = reply->root().find("definition");
  const auto document = d ? d->find("document") : std::nullopt;
  if (!document) return error{errc::internal, "bad_reply", "the reply has no document", {}};
  if (o.document) {
    // A file for `define`: YAML for people, for it is shorter.
    if (s.out().for_people()) s.out().text(yaml_text(*document));
    else s.out().record(*document, {});
    return exit_code::ok;
  }
  s.out().record(reply->root(), {{"name", {reply_document::text_of(*d, "name"), colour::bold}},
                                 {"version", {std::to_string(reply_document::number_of(*d, "version"))}},
                                 {"phases", {std::to_string(reply_document::number_of(*d, "phases"))}},
                                 {"created", {short_time(reply_document::text_of(*d, "created_at"))}},
                                 {"description", {reply_document::text_of(*d, "description")}}});
  if (s.out().for_people()) s.out().text("\n" + yaml_text(*document));
  return exit_code::ok;
}

} // namespace

void add_workflow_definition(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_definition_options>();
  CLI::App& verb = line.verb(workflow, {.name = "definition",
                                        .summary = "Show a definition with its document",
                                        .details = "",
                                        .example = "ropewalk workflow definition agent-creation\n"
                                                   "ropewalk workflow definition agent-creation --version 2\n"
                                                   "ropewalk workflow definition agent-creation --document -o yaml > "
                                                   "agent-creation.yaml"});
  add_option(verb, "NAME", o->name, "the definition's").required();
  o->version_given = add_option(verb, "--version", o->version, "of the definition; default: the newest");
  add_flag(verb, "--document", o->document, "only the document, to change it and define it again");
  line.on(verb, [o](session& s) { return run_workflow_definition(s, *o); });
}

} // namespace ropewalk::cli
