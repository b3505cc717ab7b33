// ropewalk schedule backfill

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/duration_text.hpp"
#include "cli/request_options.hpp"
#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct schedule_backfill_options {
  std::string name, from, to, overlap, key;
};

result<exit_code> run_schedule_backfill(session& s, const schedule_backfill_options& o) {
  const instant now = wall_clock();
  const auto from = parse_moment(o.from, now, "--from");
  if (!from) return from.error();
  const auto to = o.to.empty() ? result<std::string>(to_rfc3339(now)) : parse_moment(o.to, now, "--to");
  if (!to) return to.error();
  json_writer w;
  w.begin_object().field("from", *from).field("to", *to);
  field_if(w, "overlap", o.overlap);
  w.end_object();
  const auto reply = s.change_schedule(o.name, "backfill", w.text(), o.key.empty() ? fresh_key() : o.key);
  if (!reply) return reply.error();
  const auto b = reply->root().find("backfill");
  if (!b) return error{errc::internal, "bad_reply", "the reply has no backfill", {}};
  const auto count = [&](std::string_view member) { return reply_document::number_of(*b, member); };
  s.out().sentence(reply->root(), fmt::format("{}: {} started, {} waiting, {} skipped, {} under way already",
                                              counted(count("times"), "scheduled time"), count("fired"),
                                              count("buffered"), count("skipped"), count("present")));
  if (count("skipped") > 0)
    s.note("skipped because what runs or waits leaves no room; --overlap buffer_all starts them one after the other, "
           "allow_all at once");
  return exit_code::ok;
}

} // namespace

void add_schedule_backfill(command_line& line, CLI::App& schedule) {
  auto o = std::make_shared<schedule_backfill_options>();
  CLI::App& verb = line.verb(
      schedule,
      {.name = "backfill",
       .summary = "Start what a schedule would have started in a time gone by",
       .details =
           "A time whose instance exists is not started again; one that is over is counted as started all the same.\n"
           "At most 500 times at once.",
       .example = "ropewalk schedule backfill nightly --from 2026-01-01 --to 2026-01-08 --overlap buffer_all\n"
                  "ropewalk schedule backfill poll --from 3h --overlap allow_all"});
  add_schedule_name(verb, o->name);
  add_option(verb, "--from", o->from, "the first moment: 2h, 7d, 2026-01-31 or a time").required();
  add_option(verb, "--to", o->to, "the last moment; default: now");
  add_overlap(verb, o->overlap, "while an instance runs; default: the schedule's own policy");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_schedule_backfill(s, *o); });
}

} // namespace ropewalk::cli
