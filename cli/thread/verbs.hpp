#pragma once
// `ropewalk thread ...`: one file a verb.

#include "cli/command_line.hpp"

namespace ropewalk::cli {

void add_thread_noun(command_line& line);

void add_thread_create(command_line& line, CLI::App& thread);
void add_thread_get(command_line& line, CLI::App& thread);
void add_thread_update(command_line& line, CLI::App& thread);
void add_thread_delete(command_line& line, CLI::App& thread);
void add_thread_clear(command_line& line, CLI::App& thread);
void add_thread_append(command_line& line, CLI::App& thread);
void add_thread_append_batch(command_line& line, CLI::App& thread);
void add_thread_messages(command_line& line, CLI::App& thread);
void add_thread_window(command_line& line, CLI::App& thread);
void add_thread_edit(command_line& line, CLI::App& thread);
void add_thread_remove(command_line& line, CLI::App& thread);
void add_thread_fork(command_line& line, CLI::App& thread);
void add_thread_suspend(command_line& line, CLI::App& thread);
void add_thread_resume(command_line& line, CLI::App& thread);
void add_thread_close(command_line& line, CLI::App& thread);
void add_thread_export(command_line& line, CLI::App& thread);
void add_thread_import(command_line& line, CLI::App& thread);
void add_thread_list(command_line& line, CLI::App& thread);
void add_thread_search(command_line& line, CLI::App& thread);
void add_thread_count(command_line& line, CLI::App& thread);
void add_thread_snapshot(command_line& line, CLI::App& thread);
void add_thread_verify(command_line& line, CLI::App& thread);
void add_thread_tail(command_line& line, CLI::App& thread);

} // namespace ropewalk::cli
