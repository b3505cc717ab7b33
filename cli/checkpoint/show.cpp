// ropewalk checkpoint show

#include "cli/checkpoint/checkpoint_state.hpp"
#include "cli/checkpoint/verbs.hpp"
#include "cli/json_text_view.hpp"
#include "cli/workflow/checkpoint_view.hpp"

namespace ropewalk::cli {
namespace {

result<exit_code> run_checkpoint_show(session& s, const checkpoint_options& o) {
  const auto found = read_checkpoint(s, o);
  if (!found) return found.error();
  const auto checkpoint = found->root().find("checkpoint"), state = found->root().find("state");
  detail_lines lines = checkpoint_lines(*checkpoint);
  lines.insert(lines.begin() + 1, {"workflow", {found->text("workflow")}});
  lines.push_back({"status", {found->text("status")}});
  s.out().record(found->root(), lines);
  if (s.out().for_people()) s.out().text("\n" + indented_json(*state) + "\n");
  return exit_code::ok;
}

} // namespace

void add_checkpoint_show(command_line& line, CLI::App& checkpoint) {
  auto o = std::make_shared<checkpoint_options>();
  CLI::App& verb = line.verb(checkpoint, {.name = "show",
                                          .summary = "Show a checkpoint and the state that it recorded",
                                          .details = "",
                                          .example = "ropewalk checkpoint show order-7\n"
                                                     "ropewalk checkpoint show order-7 019c1384 -o json"});
  add_checkpoint_options(verb, *o);
  line.on(verb, [o](session& s) { return run_checkpoint_show(s, *o); });
}

} // namespace ropewalk::cli
