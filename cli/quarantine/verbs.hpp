#pragma once
// `ropewalk quarantine ...`: one file a verb.

#include "cli/command_line.hpp"

namespace ropewalk::cli {

void add_quarantine_noun(command_line& line);

void add_quarantine_list(command_line& line, CLI::App& quarantine);
void add_quarantine_show(command_line& line, CLI::App& quarantine);
void add_quarantine_offer(command_line& line, CLI::App& quarantine);
void add_quarantine_discard(command_line& line, CLI::App& quarantine);

} // namespace ropewalk::cli
