#pragma once
// `ropewalk cluster ...`: one file a verb.

#include "cli/command_line.hpp"

namespace ropewalk::cli {

void add_cluster_noun(command_line& line);

void add_cluster_status(command_line& line, CLI::App& cluster);
void add_cluster_members(command_line& line, CLI::App& cluster);
void add_cluster_partitions(command_line& line, CLI::App& cluster);
void add_cluster_move(command_line& line, CLI::App& cluster);
void add_cluster_drain(command_line& line, CLI::App& cluster);
void add_cluster_add(command_line& line, CLI::App& cluster);
void add_cluster_remove(command_line& line, CLI::App& cluster);

} // namespace ropewalk::cli
