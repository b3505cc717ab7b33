#pragma once
// `ropewalk schedule ...`: one file a verb.

#include "cli/command_line.hpp"

namespace ropewalk::cli {

void add_schedule_noun(command_line& line);

void add_schedule_create(command_line& line, CLI::App& schedule);
void add_schedule_update(command_line& line, CLI::App& schedule);
void add_schedule_apply(command_line& line, CLI::App& schedule);
void add_schedule_list(command_line& line, CLI::App& schedule);
void add_schedule_get(command_line& line, CLI::App& schedule);
void add_schedule_pause(command_line& line, CLI::App& schedule);
void add_schedule_unpause(command_line& line, CLI::App& schedule);
void add_schedule_trigger(command_line& line, CLI::App& schedule);
void add_schedule_backfill(command_line& line, CLI::App& schedule);
void add_schedule_delete(command_line& line, CLI::App& schedule);

} // namespace ropewalk::cli
