// ropewalk schedule get

#include "cli/duration_text.hpp"
#include "cli/request_options.hpp"
#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/schedule_view.hpp"
#include "cli/schedule/verbs.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {
namespace {

struct schedule_get_options {
  std::string name;
  std::uint64_t next = 5;
  bool spec = false;
  watch_options watch;
};

result<exit_code> run_schedule_get(session& s, const schedule_get_options& o) {
  return watched(s, o.watch, [&]() -> result<exit_code> {
    json_writer w;
    w.begin_object().field("next", o.next).end_object();
    const auto reply = s.ask_schedule(o.name, "get", w.text());
    if (!reply) return reply.error();
    if (!o.spec) {
      show_schedule(s.out(), reply->root(), wall_clock());
      return exit_code::ok;
    }
    const auto schedule = reply->root().find("schedule");
    const auto spec = schedule ? schedule->find("spec") : std::nullopt;
    if (!spec) return error{errc::internal, "bad_reply", "the reply has no schedule", {}};
    auto named = workflow::to_json(*spec);
    named["name"] = reply_document::text_of(*schedule, "name");
    const auto document = reply_document::parse(named.dump());
    if (!document) return document.error();
    s.out().sentence(document->root(), named.dump());
    return exit_code::ok;
  });
}

} // namespace

void add_schedule_get(command_line& line, CLI::App& schedule) {
  auto o = std::make_shared<schedule_get_options>();
  CLI::App& verb =
      line.verb(schedule, {.name = "get",
                           .summary = "Show what a schedule does, when it fires next, and how its starts ended",
                           .details = "Times are in UTC. With --spec the document alone, as `apply` takes it.",
                           .example = "ropewalk schedule get nightly\n"
                                      "ropewalk schedule get nightly --next 20\n"
                                      "ropewalk schedule get nightly --spec -o yaml > nightly.yaml"});
  add_option(verb, "NAME", o->name, "the schedule's name, or a beginning of it (4 characters or more)").required();
  add_option(verb, "--next", o->next, "how many of the times that come").shows_default();
  add_flag(verb, "--spec", o->spec, "what it is to do, as a document");
  add_watch(verb, o->watch);
  line.on(verb, [o](session& s) { return run_schedule_get(s, *o); });
}

} // namespace ropewalk::cli
