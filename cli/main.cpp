#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  ropewalk::cli::command_line line;
  ropewalk::cli::add_verbs(line);
  return line.run(argc, argv);
}
