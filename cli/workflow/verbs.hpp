#pragma once
// `ropewalk workflow ...`: one file a verb.

#include "cli/command_line.hpp"

namespace ropewalk::cli {

void add_workflow_noun(command_line& line);

void add_workflow_define(command_line& line, CLI::App& workflow);
void add_workflow_definitions(command_line& line, CLI::App& workflow);
void add_workflow_definition(command_line& line, CLI::App& workflow);
void add_workflow_graph(command_line& line, CLI::App& workflow);
void add_workflow_start(command_line& line, CLI::App& workflow);
void add_workflow_list(command_line& line, CLI::App& workflow);
void add_workflow_count(command_line& line, CLI::App& workflow);
void add_workflow_get(command_line& line, CLI::App& workflow);
void add_workflow_result(command_line& line, CLI::App& workflow);
void add_workflow_query(command_line& line, CLI::App& workflow);
void add_workflow_steps(command_line& line, CLI::App& workflow);
void add_workflow_history(command_line& line, CLI::App& workflow);
void add_workflow_signal(command_line& line, CLI::App& workflow);
void add_workflow_update(command_line& line, CLI::App& workflow);
void add_workflow_pause(command_line& line, CLI::App& workflow);
void add_workflow_resume(command_line& line, CLI::App& workflow);
void add_workflow_cancel(command_line& line, CLI::App& workflow);
void add_workflow_terminate(command_line& line, CLI::App& workflow);
void add_workflow_retry(command_line& line, CLI::App& workflow);
void add_workflow_checkpoints(command_line& line, CLI::App& workflow);
void add_workflow_checkpoint(command_line& line, CLI::App& workflow);
void add_workflow_state(command_line& line, CLI::App& workflow);
void add_workflow_diff(command_line& line, CLI::App& workflow);
void add_workflow_branch(command_line& line, CLI::App& workflow);
void add_workflow_replay(command_line& line, CLI::App& workflow);
void add_workflow_lineage(command_line& line, CLI::App& workflow);

} // namespace ropewalk::cli
