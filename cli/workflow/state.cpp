// ropewalk workflow state

#include <fmt/format.h>

#include "cli/json_text_view.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/whole_state.hpp"
#include "cli/workflow/workflow_options.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_state_options {
  std::string id;
  std::uint64_t at = 0;
  option at_given;
};

result<reply_document> whole_now(session& s, const std::string& id) {
  auto reply = s.ask_exact_workflow(id, "get", "{}");
  if (!reply) return reply;
  return with_whole_state(s, id, *std::move(reply));
}

result<exit_code> run_workflow_state(session& s, const workflow_state_options& o) {
  const auto id = whole_id(s, o.id);
  if (!id) return id.error();
  const auto reply = o.at_given.given() ? whole_state(s, *id, fmt::format(R"("at":{})", o.at))
                                        : whole_now(s, *id);
  if (!reply) return reply.error();
  const auto state = reply->root().find("state");
  if (!s.out().for_people() || !state) s.out().record(reply->root(), {});
  else s.out().text(indented_json(*state) + "\n");
  return exit_code::ok;
}

} // namespace

void add_workflow_state(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_state_options>();
  CLI::App& verb =
      line.verb(workflow, {.name = "state",
                           .summary = "An instance's state, now or as it was at a version",
                           .details = "`history` shows the versions, `checkpoints` those before each phase.",
                           .example = "ropewalk workflow state order-7\n"
                                      "ropewalk workflow state order-7 --at 12"});
  add_workflow_id(verb, o->id);
  o->at_given = add_option(verb, "--at", o->at, "the version whose state is wanted; default: the newest");
  line.on(verb, [o](session& s) { return run_workflow_state(s, *o); });
}

} // namespace ropewalk::cli
