// ropewalk workflow define

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/definition_file.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_define_options {
  std::string file, key;
  bool check = false;
};

std::size_t count(const std::vector<workflow::phase>& phases) {
  std::size_t n = phases.size();
  for (const workflow::phase& p : phases) {
    n += count(p.each);
    for (const workflow::branch& b : p.branches) n += count(b.phases);
  }
  return n;
}

result<exit_code> checked(session& s, const workflow::definition& d) {
  json_writer w;
  w.begin_object().field("name", d.name);
  if (d.version != 0) w.field("version", d.version);
  w.field("phases", std::uint64_t{count(d.phases)}).end_object();
  const auto doc = reply_document::parse(std::move(w).take());
  if (!doc) return doc.error();
  s.out().sentence(doc->root(),
                   fmt::format("{} keeps the rules: {}; nothing was sent", d.name, counted(count(d.phases), "phase")));
  return exit_code::ok;
}

result<exit_code> run_workflow_define(session& s, const workflow_define_options& o) {
  const auto file = read_definition_file(o.file);
  if (!file) return file.error();
  if (o.check) return checked(s, file->read);
  json_writer w;
  w.begin_object().raw_field("definition", file->json).end_object();
  const auto reply = s.ask_workflows("define", w.text(), o.key.empty() ? fresh_key() : o.key);
  if (!reply) return reply.error();
  const std::string which = fmt::format("{} version {}", reply->text("name"), reply->number("version"));
  s.out().sentence(reply->root(), reply->flag("created")
                                      ? fmt::format("defined {}, {}", which, counted(count(file->read.phases), "phase"))
                                      : fmt::format("{} is that document already", which));
  return exit_code::ok;
}

} // namespace

void add_workflow_define(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_define_options>();
  CLI::App& verb = line.verb(
      workflow,
      {.name = "define",
       .summary = "Take in a definition, or a new version of one",
       .details = "The document is JSON or YAML and described in docs/workflows.md. It is checked here first; what\n"
                  "breaks a rule is named with its place. Instances that run keep the version they began with.",
       .example = "ropewalk workflow define agent-creation.yaml\n"
                  "ropewalk workflow define agent-creation.yaml --check\n"
                  "ropewalk workflow definition trip --document | ropewalk workflow define -"});
  add_option(verb, "FILE", o->file, "the document; - reads standard input").required();
  add_flag(verb, "--check", o->check, "only check it, send nothing");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_workflow_define(s, *o); });
}

} // namespace ropewalk::cli
