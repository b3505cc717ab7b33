// ropewalk workflow query

#include "cli/json_text_view.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/terminal_text.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_query_options {
  std::string id, pointer;
};

result<exit_code> run_workflow_query(session& s, const workflow_query_options& o) {
  const auto reply =
      s.ask_workflow(o.id, "query", json_writer().begin_object().field("pointer", o.pointer).end_object().text());
  if (!reply) return reply.error();
  const auto value = reply->root().find("value");
  if (!s.out().for_people() || !value) s.out().record(reply->root(), {});
  else s.out().text((value->is(json_type::string) ? many_lines(value->string()) : indented_json(*value)) + "\n");
  return exit_code::ok;
}

} // namespace

void add_workflow_query(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_query_options>();
  CLI::App& verb =
      line.verb(workflow, {.name = "query",
                           .summary = "One value of an instance's state",
                           .details = "POINTER is a JSON pointer (RFC 6901): /design/title, /parts/0; \"\" "
                                      "is the whole state.",
                           .example = "ropewalk workflow query order-7 /design/title"});
  add_workflow_id(verb, o->id);
  add_option(verb, "POINTER", o->pointer, "where in the state").required();
  line.on(verb, [o](session& s) { return run_workflow_query(s, *o); });
}

} // namespace ropewalk::cli
