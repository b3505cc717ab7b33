// ropewalk workflow result

#include "cli/duration_text.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/result_wait.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/whole_state.hpp"
#include "cli/workflow/workflow_options.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_result_options {
  std::string id, wait = "0";
};

result<exit_code> run_workflow_result(session& s, const workflow_result_options& o) {
  const auto most = parse_duration(o.wait, "--wait");
  if (!most) return most.error();
  const auto id = whole_id(s, o.id);
  if (!id) return id.error();
  auto reply = wait_for_result(s, *id, *most);
  if (!reply) return reply.error();
  const auto whole = with_whole_state(s, *id, *std::move(reply));
  if (!whole) return whole.error();
  return show_result(s, *id, *whole);
}

} // namespace

void add_workflow_result(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_result_options>();
  CLI::App& verb = line.verb(
      workflow,
      {.name = "result",
       .summary = "How an instance ended, and the state that came out",
       .details = "Ends with 0 if it completed, 1 if it failed, was cancelled or terminated, 5 if it is not over.",
       .example = "ropewalk workflow result order-7\n"
                  "ropewalk workflow result order-7 --wait 30s -o json"});
  add_workflow_id(verb, o->id);
  add_option(verb, "--wait", o->wait, "how long to wait for the end: 30s, 2h").shows_default();
  line.on(verb, [o](session& s) { return run_workflow_result(s, *o); });
}

} // namespace ropewalk::cli
