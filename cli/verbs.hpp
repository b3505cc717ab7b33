#pragma once
// The nouns and verbs that have no folder with a verbs.hpp of its own.

#include "cli/command_line.hpp"

namespace ropewalk::cli {

void add_context_noun(command_line& line);
void add_dev(command_line& line);
void add_node(command_line& line);
void add_status(command_line& line);
void add_node_status(command_line& line, CLI::App& node);
void add_health(command_line& line);
void add_doctor(command_line& line);
void add_rebuild_views(command_line& line);
void add_verify(command_line& line);
void add_backup(command_line& line);
void add_restore(command_line& line);
void add_wire_reference(command_line& line);
void add_completion(command_line& line);
void add_version(command_line& line);

} // namespace ropewalk::cli
