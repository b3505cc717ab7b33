// ropewalk schedule list

#include "cli/problem_text.hpp"
#include "cli/request_options.hpp"
#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/schedule_view.hpp"
#include "cli/schedule/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct schedule_list_options {
  std::string definition, prefix, cursor;
  bool paused = false, active = false;
  std::uint64_t limit = 50;
  watch_options watch;
};

result<exit_code> run_schedule_list(session& s, const schedule_list_options& o) {
  return watched(s, o.watch, [&]() -> result<exit_code> {
    json_writer w;
    w.begin_object().field("limit", o.limit);
    if (o.paused || o.active) w.field("paused", o.paused);
    field_if(w, "definition", o.definition);
    field_if(w, "prefix", o.prefix);
    field_if(w, "cursor", o.cursor);
    w.end_object();
    const auto reply = s.ask_schedules("list", w.text());
    if (!reply) return reply.error();
    s.out().list(reply->root(), "schedules", schedule_columns(), schedule_row, "no schedules");
    const std::string next = reply->text("next_cursor");
    if (!next.empty() && s.out().style().terminal && !o.watch.on)
      s.note("there are more: a larger --limit, or --cursor " + shell_word(next));
    return exit_code::ok;
  });
}

} // namespace

void add_schedule_list(command_line& line, CLI::App& schedule) {
  auto o = std::make_shared<schedule_list_options>();
  CLI::App& verb = line.verb(schedule, {.name = "list",
                                        .summary = "List schedules by name, with their next time and latest start",
                                        .details = "",
                                        .example = "ropewalk schedule list\n"
                                                   "ropewalk schedule list -d report --paused\n"
                                                   "ropewalk schedule list --watch"});
  add_option(verb, "-d,--definition", o->definition, "only those that start this definition");
  add_option(verb, "--prefix", o->prefix, "only those whose name begins so");
  option paused = add_flag(verb, "--paused", o->paused, "only those that are paused");
  add_flag(verb, "--active", o->active, "only those that are not").excludes(paused);
  add_option(verb, "-n,--limit", o->limit, "most schedules").shows_default();
  add_option(verb, "--cursor", o->cursor, "next_cursor of the page before");
  add_watch(verb, o->watch);
  line.on(verb, [o](session& s) { return run_schedule_list(s, *o); });
}

} // namespace ropewalk::cli
