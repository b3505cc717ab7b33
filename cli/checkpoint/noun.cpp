
#include "cli/checkpoint/verbs.hpp"

namespace ropewalk::cli {

void add_checkpoint_noun(command_line& line) {
  CLI::App& checkpoint = line.noun("checkpoint", "recorded states of workflows: list, show, verify, export");
  add_checkpoint_list(line, checkpoint);
  add_checkpoint_show(line, checkpoint);
  add_checkpoint_verify(line, checkpoint);
  add_checkpoint_export(line, checkpoint);
}

} // namespace ropewalk::cli
