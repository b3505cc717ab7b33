// ropewalk schedule trigger

#include <fmt/format.h>

#include "cli/request_options.hpp"
#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct schedule_trigger_options {
  std::string name, overlap, key;
};

std::string outcome_text(json_view start, const std::string& name) {
  const std::string outcome = reply_document::text_of(start, "outcome");
  const std::string workflow = reply_document::text_of(start, "workflow");
  if (outcome == "fired") return fmt::format("schedule {} starts workflow {}", name, workflow);
  if (outcome == "buffered")
    return fmt::format("schedule {} starts workflow {} when the one that runs is over", name, workflow);
  return fmt::format("schedule {} starts nothing: what runs or waits leaves no room by the overlap policy", name);
}

result<exit_code> run_schedule_trigger(session& s, const schedule_trigger_options& o) {
  json_writer w;
  w.begin_object();
  field_if(w, "overlap", o.overlap);
  w.end_object();
  const auto reply = s.change_schedule(o.name, "trigger", w.text(), o.key.empty() ? fresh_key() : o.key);
  if (!reply) return reply.error();
  const auto start = reply->root().find("start");
  if (!start) return error{errc::internal, "bad_reply", "the reply has no start", {}};
  s.out().sentence(reply->root(), outcome_text(*start, o.name));
  return exit_code::ok;
}

} // namespace

void add_schedule_trigger(command_line& line, CLI::App& schedule) {
  auto o = std::make_shared<schedule_trigger_options>();
  CLI::App& verb = line.verb(schedule, {.name = "trigger",
                                        .summary = "Start what a schedule starts, now",
                                        .details = "Also of a paused schedule; it does not count for its max_runs.",
                                        .example = "ropewalk schedule trigger nightly\n"
                                                   "ropewalk schedule trigger nightly --overlap allow_all"});
  add_schedule_name(verb, o->name);
  add_overlap(verb, o->overlap, "while an instance runs; default: the schedule's own policy");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_schedule_trigger(s, *o); });
}

} // namespace ropewalk::cli
