// ropewalk workflow signal

#include <fmt/format.h>

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_signal_options {
  std::string id, name, payload, signal_id, key;
};

result<exit_code> run_workflow_signal(session& s, const workflow_signal_options& o) {
  json_writer w;
  w.begin_object().field("name", o.name);
  field_if(w, "id", o.signal_id);
  if (auto fine = write_object(w, "payload", o.payload, "--payload"); !fine) return fine.error();
  w.end_object();
  const auto reply = s.change_workflow(o.id, "signal", w.text(), o.key.empty() ? fresh_key() : o.key);
  if (!reply) return reply.error();
  const char* what = reply->flag("repeated") ? "came before; nothing changed"
                     : reply->flag("taken")  ? "was waited for and is taken"
                                             : "is kept until a phase waits for it";
  s.out().sentence(reply->root(), fmt::format("signal {} to workflow {} {}", o.name, o.id, what));
  return exit_code::ok;
}

} // namespace

void add_workflow_signal(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_signal_options>();
  CLI::App& verb =
      line.verb(workflow, {.name = "signal",
                           .summary = "Tell an instance what a wait phase waits for, now or later",
                           .details = "",
                           .example = "ropewalk workflow signal order-7 approved --payload '{\"by\":\"ann\"}'\n"
                                      "ropewalk workflow signal order-7 approved --id ticket-12"});
  add_whole_workflow_id(verb, o->id);
  add_option(verb, "NAME", o->name, "the signal's, as the definition has it").required();
  add_option(verb, "-p,--payload", o->payload, "JSON that becomes the phase's result; @FILE, or - for standard input");
  add_option(verb, "--id", o->signal_id, "the signal's id: the same one is taken once");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_workflow_signal(s, *o); });
}

} // namespace ropewalk::cli
