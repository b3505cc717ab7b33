#include "tests/support/program.hpp"

namespace ropewalk::tests {

namespace {

program_result run_with(const std::string& url, const scratch_directory& scratch, const std::string& arguments) {
  const std::string out = scratch / "program.out", trouble = scratch / "program.err";
  child_process program(
      {"sh", "-c",
       "exec '" + test_system::binary() + "' " + arguments + " >'" + out + "' 2>'" + trouble + "' </dev/null"},
      scratch / "program.log",
      {{"ROPEWALK_URL", url},
       {"ROPEWALK_ORG", "acme"},
       {"XDG_STATE_HOME", scratch / "state"},
       {"XDG_CONFIG_HOME", scratch / "config"}});
  program_result r;
  r.code = program.wait(std::chrono::seconds(60));
  r.output = read_file(out);
  r.trouble = read_file(trouble);
  return r;
}

} // namespace

program_result run_program(const test_system& system, const std::string& arguments) {
  return run_with(system.url(), system.scratch(), arguments);
}

program_result run_program(const cluster_system& system, const std::string& arguments) {
  return run_with(system.url(), system.scratch(), arguments);
}

} // namespace ropewalk::tests
