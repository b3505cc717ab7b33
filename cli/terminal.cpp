#include "cli/terminal.hpp"

#include <cstdlib>
#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

namespace ropewalk::cli {

bool is_terminal(std::FILE* stream) noexcept { return isatty(fileno(stream)) == 1; }

unsigned terminal_columns() noexcept {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 100;
}

bool colours_wanted(std::FILE* stream) noexcept {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  return is_terminal(stream) && term != nullptr && std::string_view(term) != "dumb";
}

void clear_screen() {
  std::fputs("\x1b[H\x1b[2J", stdout);
  std::fflush(stdout);
}

bool can_ask() noexcept { return is_terminal(stdin) && is_terminal(stderr); }

bool confirm(std::string_view question) {
  std::fprintf(stderr, "%.*s [y/N] ", static_cast<int>(question.size()), question.data());
  std::fflush(stderr);
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes";
}

} // namespace ropewalk::cli
