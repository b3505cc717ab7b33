// ropewalk workflow get: where an instance stands.

#include <optional>

#include "cli/duration_text.hpp"
#include "cli/json_text_view.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/terminal.hpp"
#include "cli/workflow/instance_watch.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/whole_state.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_get_options {
  std::string id;
  bool state = false, watch = false;
};

const char* body(const workflow_get_options& o) { return o.state ? "{}" : R"({"state":false})"; }

void show(session& s, const reply_document& reply) {
  show_workflow(s.out(), reply.root(), wall_clock());
  if (const auto state = reply.root().find("state"); state && s.out().for_people())
    s.out().text("\n" + indented_json(*state) + "\n");
}

// Drawn anew on a terminal; a line for each change elsewhere.
result<exit_code> follow(session& s, const workflow_get_options& o, const std::string& id) {
  s.out().go_on_without_end();
  const bool redraws = s.out().style().terminal && s.out().for_people();
  std::optional<std::int64_t> shown;
  return watch_instance(s, id, [&]() -> result<bool> {
    auto reply = s.ask_exact_workflow(id, "get", body(o));
    if (!reply) return reply.error();
    const auto w = reply->root().find("workflow");
    if (!w) return error{errc::internal, "bad_reply", "the reply has no workflow", {}};
    const std::int64_t version = reply_document::number_of(*w, "version");
    const bool over = is_over(reply_document::text_of(*w, "status"));
    if (!redraws && shown == version) return over;
    const auto whole = with_whole_state(s, id, *std::move(reply));
    if (!whole) return whole.error();
    if (redraws) clear_screen();
    show(s, *whole);
    shown = version;
    return over;
  });
}

result<exit_code> run_workflow_get(session& s, const workflow_get_options& o) {
  auto reply = s.ask_workflow(o.id, "get", body(o));
  if (!reply) return reply.error();
  if (o.watch) return follow(s, o, s.place().id);
  const auto whole = with_whole_state(s, s.place().id, *std::move(reply));
  if (!whole) return whole.error();
  show(s, *whole);
  return exit_code::ok;
}

} // namespace

void add_workflow_get(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_get_options>();
  CLI::App& verb = line.verb(
      workflow, {.name = "get",
                 .summary = "Show where an instance stands and what it waits for",
                 .details = "NEXT is what happens by itself: the next attempt, or the deadline that comes first.",
                 .example = "ropewalk workflow get order-7\n"
                            "ropewalk workflow get order-7 --state -o json\n"
                            "ropewalk workflow get order-7 --watch"});
  add_workflow_id(verb, o->id);
  add_flag(verb, "--state", o->state, "its state as well");
  add_flag(verb, "-w,--watch", o->watch, "follow it live until it is over");
  line.on(verb, [o](session& s) { return run_workflow_get(s, *o); });
}

} // namespace ropewalk::cli
