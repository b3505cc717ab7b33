#pragma once
// What the process's streams are connected to, and questions to the person there.

#include <cstdio>
#include <string>
#include <string_view>

namespace ropewalk::cli {

bool is_terminal(std::FILE* stream) noexcept;
unsigned terminal_columns() noexcept; // of standard output; 100 if it is no terminal

// NO_COLOR (no-color.org) and TERM=dumb are obeyed.
bool colours_wanted(std::FILE* stream) noexcept;

void clear_screen(); // of standard output, which must be a terminal

// Asks on standard error, reads standard input. False for anything but y or yes.
bool confirm(std::string_view question);
// Both ends are a terminal, so that somebody can be asked.
bool can_ask() noexcept;

} // namespace ropewalk::cli
