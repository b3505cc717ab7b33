#pragma once
// `ropewalk keyring ...`: one file a verb. They work on the file, without a node.

#include "cli/command_line.hpp"

namespace ropewalk::cli {

void add_keyring_noun(command_line& line);

void add_keyring_create(command_line& line, CLI::App& keyring);
void add_keyring_list(command_line& line, CLI::App& keyring);
void add_keyring_rotate(command_line& line, CLI::App& keyring);
void add_keyring_revoke(command_line& line, CLI::App& keyring);

} // namespace ropewalk::cli
