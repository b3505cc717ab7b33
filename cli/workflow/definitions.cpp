// ropewalk workflow definitions

#include "cli/duration_text.hpp"
#include "cli/option.hpp"
#include "cli/problem_text.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_definitions_options {
  std::string name, cursor;
  std::uint64_t limit = 50;
};

const std::vector<column>& columns() {
  static const std::vector<column> all{
      {.title = "NAME"},    {.title = "VERSION", .right = true},       {.title = "PHASES", .right = true},
      {.title = "CREATED"}, {.title = "DESCRIPTION", .stretch = true},
  };
  return all;
}

row definition_row(json_view d) {
  return {{reply_document::text_of(d, "name")},
          {std::to_string(reply_document::number_of(d, "version"))},
          {std::to_string(reply_document::number_of(d, "phases"))},
          {short_time(reply_document::text_of(d, "created_at"))},
          {reply_document::text_of(d, "description")}};
}

result<exit_code> run_workflow_definitions(session& s, const workflow_definitions_options& o) {
  json_writer w;
  w.begin_object().field("limit", o.limit);
  field_if(w, "name", o.name);
  field_if(w, "cursor", o.cursor);
  w.end_object();
  const auto reply = s.ask_workflows("definitions", w.text());
  if (!reply) return reply.error();
  s.out().list(reply->root(), "definitions", columns(), definition_row, "no definitions");
  const std::string next = reply->text("next_cursor");
  if (!next.empty() && s.out().style().terminal)
    s.note("there are more: a larger --limit, or --cursor " + shell_word(next));
  return exit_code::ok;
}

} // namespace

void add_workflow_definitions(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_definitions_options>();
  CLI::App& verb = line.verb(workflow, {.name = "definitions",
                                        .summary = "List definitions: the newest version of each, or all of one",
                                        .details = "",
                                        .example = "ropewalk workflow definitions\n"
                                                   "ropewalk workflow definitions --name agent-creation"});
  add_option(verb, "--name", o->name, "all versions of this one, the newest first");
  add_option(verb, "-n,--limit", o->limit, "most definitions").shows_default();
  add_option(verb, "--cursor", o->cursor, "next_cursor of the page before");
  line.on(verb, [o](session& s) { return run_workflow_definitions(s, *o); });
}

} // namespace ropewalk::cli
