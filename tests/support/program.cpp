#include "tests/support/program.hpp"

namespace ropewalk::tests {

program_result run_program(const test_system& system, const std::string& arguments) {
  const std::string out = system.scratch() / "program.out", trouble = system.scratch() / "program.err";
  child_process program(
      {"sh", "-c",
       "exec '" + test_system::binary() + "' " + arguments + " >'" + out + "' 2>'" + trouble + "' </dev/null"},
      system.scratch() / "program.log",
      {{"ROPEWALK_URL", system.url()},
       {"ROPEWALK_ORG", "acme"},
       {"XDG_STATE_HOME", system.scratch() / "state"},
       {"XDG_CONFIG_HOME", system.scratch() / "config"}});
  program_result r;
  r.code = program.wait(std::chrono::seconds(60));
  r.output = read_file(out);
  r.trouble = read_file(trouble);
  return r;
}

} // namespace ropewalk::tests
