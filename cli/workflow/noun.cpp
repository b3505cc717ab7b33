
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {

void add_workflow_noun(command_line& line) {
  CLI::App& workflow = line.noun("workflow", "durable work: define, start, look, steer, go back in time, branch");
  add_workflow_define(line, workflow);
  add_workflow_definitions(line, workflow);
  add_workflow_definition(line, workflow);
  add_workflow_graph(line, workflow);
  add_workflow_start(line, workflow);
  add_workflow_list(line, workflow);
  add_workflow_count(line, workflow);
  add_workflow_get(line, workflow);
  add_workflow_result(line, workflow);
  add_workflow_query(line, workflow);
  add_workflow_steps(line, workflow);
  add_workflow_history(line, workflow);
  add_workflow_signal(line, workflow);
  add_workflow_update(line, workflow);
  add_workflow_pause(line, workflow);
  add_workflow_resume(line, workflow);
  add_workflow_cancel(line, workflow);
  add_workflow_terminate(line, workflow);
  add_workflow_retry(line, workflow);
  add_workflow_checkpoints(line, workflow);
  add_workflow_checkpoint(line, workflow);
  add_workflow_state(line, workflow);
  add_workflow_diff(line, workflow);
  add_workflow_branch(line, workflow);
  add_workflow_replay(line, workflow);
  add_workflow_lineage(line, workflow);
}

} // namespace ropewalk::cli
