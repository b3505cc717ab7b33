#pragma once
// The tree of nouns and verbs, the options that all of them take, and what runs when one is chosen.
//
//   void add_thread_get(command_line& line, CLI::App& thread) {
//     auto id = std::make_shared<std::string>();
//     CLI::App& verb = line.verb(thread, {.name = "get", .summary = "...", .example = "..."});
//     verb.add_option("ID", *id, "...")->required();
//     line.on(verb, [id](session& s) -> result<exit_code> { ... });
//   }

#include <memory>
#include <string>

#include "cli/session.hpp"

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace ropewalk::cli {

struct verb_text {
  std::string name;
  std::string summary; // one line
  std::string details; // more, below the usage; may be empty
  std::string example; // command lines without the prompt
};

class command_line {
public:
  command_line();
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  CLI::App& root() noexcept;
  CLI::App& noun(const std::string& name, const std::string& summary);
  CLI::App& verb(CLI::App& parent, const verb_text& text);
  void on(CLI::App& verb, action run);

  // Parses, runs, tells what went wrong; the process's exit code.
  int run(int argc, const char* const* argv);

private:
  struct state;
  std::unique_ptr<state> state_;
};

// Every verb of the program.
void add_verbs(command_line& line);

} // namespace ropewalk::cli
