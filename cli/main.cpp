#include <cstdio>
#include <cstdlib>

#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  ropewalk::cli::command_line line;
  ropewalk::cli::add_verbs(line);
  const int code = line.run(argc, argv);
  std::fflush(nullptr);
  // A tool that has its answer owes its connection nothing: the client library's orderly close takes 100 ms.
  std::_Exit(code);
}
