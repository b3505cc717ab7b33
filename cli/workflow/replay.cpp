// ropewalk workflow replay

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/duration_text.hpp"
#include "cli/file_text.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/usage.hpp"
#include "cli/workflow/definition_file.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "cli/workflow/workflow_view.hpp"
#include "runtime/limits.hpp"
#include "runtime/workflow/recorded_history.hpp"
#include "runtime/workflow/replies.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_replay_options {
  std::string id, to, key, history, definition;
  bool real = false;
  recorded_state_options at;
};

exit_code show_dry_run(session& s, json_view reply) {
  const auto matches = reply.find("matches");
  const bool same = matches && matches->is(json_type::boolean) && matches->boolean();
  const std::string compared = counted(reply_document::number_of(reply, "events"), "event");
  if (same) {
    s.out().sentence(reply, fmt::format("the same comes of it: {} compared", compared));
    return exit_code::ok;
  }
  const auto first = reply.find("divergence");
  const auto side = [&](std::string_view member) {
    const auto v = first ? first->find(member) : std::nullopt;
    return v ? value_text(*v) : std::string("nothing");
  };
  s.out().record(
      reply,
      {{"differs",
        {fmt::format("at version {}, after {}", first ? reply_document::number_of(*first, "version") : 0, compared),
         colour::red}},
       {"recorded", {side("expected")}},
       {"now", {side("got")}}});
  return exit_code::failure;
}

// Asks no node.
result<exit_code> replay_file(session& s, const workflow_replay_options& o) {
  const std::string file_name = o.history == "-" ? "standard input" : o.history;
  const auto placed = [&file_name](error e) {
    e.detail = file_name + ": " + e.detail;
    return e;
  };
  std::string definition;
  if (!o.definition.empty()) {
    auto file = read_definition_file(o.definition);
    if (!file) return file.error();
    definition = std::move(file->json);
  }
  const auto text = read_whole(o.history, limits::history_bytes);
  if (!text) return text.error();
  const auto history = workflow::load_history(*text);
  if (!history) return placed(history.error());
  const auto report = workflow::replay_history(*history, definition);
  if (!report) return placed(report.error());
  const auto reply = reply_document::parse(workflow::replay_reply(*report));
  if (!reply) return reply.error();
  return show_dry_run(s, reply->root());
}

result<exit_code> run_workflow_replay(session& s, const workflow_replay_options& o) {
  if (!o.history.empty()) {
    if (!o.id.empty() || o.at.version_given.given() || !o.at.checkpoint.empty())
      return bad_usage("--history", "is replayed as it is: leave out ID, --version and --checkpoint");
    return replay_file(s, o);
  }
  if (!o.definition.empty())
    return bad_usage("--definition", "is what a recorded history is replayed against; give --history as well");
  if (o.id.empty()) return bad_usage({}, "give the ID of an instance, or --history FILE");
  if (!o.real && !o.to.empty()) return bad_usage("--to", "names the instance of a run for real; give --real as well");
  json_writer w;
  w.begin_object();
  write_recorded_state(w, o.at);
  if (o.real) w.field("dry", false);
  field_if(w, "to", o.to);
  w.end_object();
  if (o.real) return change_and_show(s, o.id, "replay", w.text(), o.key.empty() ? fresh_key() : o.key);
  const auto reply = s.ask_workflow(o.id, "replay", w.text());
  if (!reply) return reply.error();
  return show_dry_run(s, reply->root());
}

} // namespace

void add_workflow_replay(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_replay_options>();
  CLI::App& verb = line.verb(
      workflow,
      {.name = "replay",
       .summary = "Decide anew what followed from a recorded state",
       .details = "Without --real it is a dry run with the recorded results: 0 if the same comes of it, 1 with the\n"
                  "first difference. With --real a new instance runs from there; this one is left alone.\n"
                  "With --history no node is asked: a file that `workflow history -o json` wrote is replayed, against\n"
                  "the definition that it was recorded with or a changed one.",
       .example = "ropewalk workflow replay order-7\n"
                  "ropewalk workflow replay order-7 --version 12 --real --to order-7-again\n"
                  "ropewalk workflow replay --history order-7.json --definition agent-creation.yaml"});
  add_option(verb, "ID", o->id, "the workflow's id, or a beginning of it (4 characters or more) that no other has");
  add_recorded_state(verb, o->at, "a version of this instance; default: the beginning");
  option real = add_flag(verb, "--real", o->real, "run it again, in a new instance; the id must be whole");
  option history =
      add_option(verb, "--history", o->history, "instead of an instance: its history in a file, - for standard input");
  history.excludes(real);
  add_option(verb, "--definition", o->definition, "with --history: decide with this definition, JSON or YAML, instead");
  add_option(verb, "--to", o->to, "with --real: the new instance's id; left out, one is made");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_workflow_replay(s, *o); });
}

} // namespace ropewalk::cli
