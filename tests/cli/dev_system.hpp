#pragma once
// A real `ropewalk dev` on a free port, and commands run against it as a user would.
//
//   dev_system dev;
//   command_result r = dev.run("ropewalk thread create t1");
//   CHECK(r.code == 0);

#include <string>

#include "tests/support/child_process.hpp"

namespace ropewalk::tests {

struct command_result {
  int code = 0;
  std::string output; // standard output and error, as a terminal would show them
};

class dev_system {
public:
  dev_system(); // serving; throws std::runtime_error

  // In a shell, in the scratch directory. ROPEWALK_OUTPUT is table and the org is `org`, so that texts can
  // use organizations of their own.
  command_result run(const std::string& command, const std::string& org = "default") const;
  // The same in the background, its output in a file.
  child_process start(const std::string& command, const std::string& log_file) const;

  child_process& dev() { return dev_; }
  pid_t nats_server() const; // its pid; 0 = none
  std::string dev_log() const { return read_file(scratch_ / "dev.log"); }
  const scratch_directory& scratch() const { return scratch_; }
  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  void wait_until_serving() const;

private:
  std::string setting(const std::string& org) const;
  scratch_directory scratch_;
  int port_;
  child_process dev_;
};

bool process_lives(pid_t pid); // a zombie does not

} // namespace ropewalk::tests
