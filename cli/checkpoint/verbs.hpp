#pragma once
// `ropewalk checkpoint ...`: the recorded states of workflow instances.

#include "cli/command_line.hpp"

namespace ropewalk::cli {

void add_checkpoint_noun(command_line& line);

void add_checkpoint_list(command_line& line, CLI::App& checkpoint);
void add_checkpoint_show(command_line& line, CLI::App& checkpoint);
void add_checkpoint_verify(command_line& line, CLI::App& checkpoint);
void add_checkpoint_export(command_line& line, CLI::App& checkpoint);

} // namespace ropewalk::cli
