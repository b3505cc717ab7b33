#include "tests/cli/dev_system.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <sys/wait.h>

namespace ropewalk::tests {
namespace {

std::string binary() {
  const char* given = std::getenv("ROPEWALK_BINARY");
  return given != nullptr && *given != '\0' ? given : ROPEWALK_BINARY;
}

} // namespace

bool process_lives(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(stat)), {});
  const auto end = text.rfind(')');
  return end != std::string::npos && end + 2 < text.size() && text[end + 2] != 'Z';
}

dev_system::dev_system()
    : port_(free_port()),
      dev_({binary(), "dev", "--data", scratch_ / "dev", "--port", std::to_string(port_), "-o", "table"},
           scratch_ / "dev.log", {{"XDG_STATE_HOME", scratch_ / "state"}, {"XDG_CONFIG_HOME", scratch_ / "config"}}) {
  wait_until_serving();
}

void dev_system::wait_until_serving() const {
  for (int i = 0; i < 300; ++i) {
    if (run("ropewalk health").code == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw std::runtime_error("ropewalk dev does not serve:\n" + dev_log());
}

pid_t dev_system::nats_server() const {
  const std::string task = std::to_string(dev_.pid());
  std::ifstream children("/proc/" + task + "/task/" + task + "/children");
  pid_t pid = 0;
  return children >> pid ? pid : 0;
}

std::string dev_system::setting(const std::string& org) const {
  const std::string directory = std::filesystem::path(binary()).parent_path();
  return "cd '" + scratch_.path() + "' && export PATH='" + directory + "':\"$PATH\" XDG_STATE_HOME='" +
         scratch_.path() + "/state' XDG_CONFIG_HOME='" + scratch_.path() + "/config' ROPEWALK_URL='" + url() +
         "' ROPEWALK_ORG='" + org + "' ROPEWALK_OUTPUT=table TZ=UTC; ";
}

command_result dev_system::run(const std::string& command, const std::string& org) const {
  const std::string whole = setting(org) + "{ " + command + "\n} 2>&1 </dev/null";
  std::FILE* pipe = popen(whole.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  command_result r;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) r.output.append(buffer, n);
  const int status = pclose(pipe);
  r.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return r;
}

child_process dev_system::start(const std::string& command, const std::string& log_file) const {
  return child_process({"sh", "-c", setting("default") + "exec " + command}, log_file);
}

} // namespace ropewalk::tests
