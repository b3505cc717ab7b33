// ropewalk workflow graph

#include <fmt/format.h>

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/terminal_text.hpp"
#include "cli/workflow/history_pages.hpp"
#include "cli/workflow/phase_progress.hpp"
#include "cli/workflow/verbs.hpp"
#include "runtime/workflow/definition_graph.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_graph_options {
  std::string name;
  std::uint32_t version = 0;
  bool dot = false, instance = false;
  option version_given;
};

error bad_reply() { return {errc::internal, "bad_reply", "the reply has no definition", {}}; }

result<reply_document> ask_definition(session& s, const std::string& name, std::optional<std::int64_t> version) {
  json_writer w;
  w.begin_object().field("name", name);
  if (version) w.field("version", *version);
  w.end_object();
  return s.ask_workflows("definition", w.text());
}

result<workflow::definition> read(const reply_document& reply) {
  const auto d = reply.root().find("definition");
  const auto document = d ? d->find("document") : std::nullopt;
  if (!document) return bad_reply();
  auto read = workflow::parse_definition(document->compact());
  if (read) read->version = static_cast<std::uint32_t>(reply_document::number_of(*d, "version"));
  return read;
}

// Programs get the drawing in a member, in the language that they asked for.
status_result draw(session& s, const workflow_graph_options& o, const workflow::definition& d,
                   const workflow::phase_marks& marks) {
  const std::string drawing = o.dot ? workflow::graph_dot(d, marks) : workflow::graph_text(d, marks);
  if (s.out().for_people() || o.dot) {
    // Graphviz reads what stands in a file as it is.
    s.out().text(o.dot && !s.out().style().terminal ? drawing : many_lines(drawing));
    return ok();
  }
  json_writer w;
  w.begin_object().field("definition", d.name).field("version", d.version).key("phases").begin_object();
  for (const auto& [phase, mark] : marks) w.field(phase, mark);
  w.end_object().field("graph", drawing).end_object();
  const auto doc = reply_document::parse(std::move(w).take());
  if (!doc) return doc.error();
  s.out().record(doc->root(), {});
  return ok();
}

result<exit_code> draw_instance(session& s, const workflow_graph_options& o) {
  const auto reply = s.ask_workflow(o.name, "get", R"({"state":false})");
  if (!reply) return reply.error();
  const std::string id = s.place().id;
  const auto w = reply->root().find("workflow");
  const auto pinned = w ? w->find("definition") : std::nullopt;
  if (!pinned) return bad_reply();
  const auto definition =
      ask_definition(s, reply_document::text_of(*pinned, "name"), reply_document::number_of(*pinned, "version"));
  if (!definition) return definition.error();
  const auto d = read(*definition);
  if (!d) return d.error();
  phase_progress progress;
  const auto version = read_history(s, id, 0, large_events::as_they_come, [&](json_view event) {
    progress.on(event);
    return true;
  });
  if (!version) return version.error();
  if (const auto runs = w->find("runs"); runs && runs->is(json_type::array))
    for (const json_view r : runs->elements()) progress.on_open_run(r);
  if (auto drawn = draw(s, o, *d, progress.marks()); !drawn) return drawn.error();
  return exit_code::ok;
}

result<exit_code> run_workflow_graph(session& s, const workflow_graph_options& o) {
  if (o.instance) return draw_instance(s, o);
  const auto reply =
      ask_definition(s, o.name, o.version_given.given() ? std::optional<std::int64_t>(o.version) : std::nullopt);
  if (!reply) {
    // An instance's id need not be a name that a definition could have.
    const bool none = reply.error().type == "definition_not_found" || reply.error().field == "name";
    return none && !o.version_given.given() ? draw_instance(s, o) : reply.error();
  }
  const auto d = read(*reply);
  if (!d) return d.error();
  if (auto drawn = draw(s, o, *d, {}); !drawn) return drawn.error();
  return exit_code::ok;
}

} // namespace

void add_workflow_graph(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_graph_options>();
  CLI::App& verb = line.verb(
      workflow,
      {.name = "graph",
       .summary = "Draw a definition, or an instance with where it stands",
       .details = "A name that a definition has is the definition's; --instance means the instance of that id.",
       .example = "ropewalk workflow graph agent-creation\n"
                  "ropewalk workflow graph order-7\n"
                  "ropewalk workflow graph order-7 --dot | dot -Tsvg > order-7.svg"});
  add_option(verb, "NAME", o->name, "a definition's name, or an instance's id").required();
  o->version_given = add_option(verb, "--version", o->version, "of the definition; default: the newest");
  add_flag(verb, "--instance", o->instance, "NAME is an instance's id");
  add_flag(verb, "--dot", o->dot, "for Graphviz");
  line.on(verb, [o](session& s) { return run_workflow_graph(s, *o); });
}

} // namespace ropewalk::cli
