#include "bench/ropewalk_node.hpp"

#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace ropewalk::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds health_time_out{30};
constexpr std::chrono::seconds idle_time_out{120};
constexpr std::chrono::milliseconds idle_window{250};
// CAF's workers poll a little while they have nothing to do; anything that works uses far more than this.
constexpr double idle_share_of_a_core = 0.15;

std::vector<std::string> arguments(const node_options& options) {
  std::vector<std::string> argv{options.program.string(), "node",   "--nats", options.nats_url, "--data",
                                options.data.string(),    "--name", "bench"};
  argv.insert(argv.end(), options.extra_arguments.begin(), options.extra_arguments.end());
  return argv;
}

std::filesystem::path log_beside(const std::filesystem::path& data) {
  std::filesystem::create_directories(data);
  return data.string() + ".log";
}

bool healthy(nats_connection& client) {
  natsMsg* reply = nullptr;
  const auto status = natsConnection_RequestString(&reply, client.get(), "rw.node.bench.health", "{}", 1000);
  const bool answered = status == NATS_OK && problem_of(reply).empty();
  natsMsg_Destroy(reply);
  return answered;
}

std::chrono::duration<double> processor_time_of(pid_t pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text(std::istreambuf_iterator<char>{in}, {});
  // The second field is the program's name in parentheses and may hold anything; count from its end
  // (proc(5)).
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) throw std::runtime_error("the node is gone");
  std::istringstream fields{text.substr(name_end + 2)};
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t kernel = 0;
  fields >> user >> kernel;
  return std::chrono::duration<double>{static_cast<double>(user + kernel) / static_cast<double>(sysconf(_SC_CLK_TCK))};
}

} // namespace

ropewalk_node::ropewalk_node(const node_options& options, nats_connection& client)
    : process_(arguments(options), log_beside(options.data)) {
  const auto started = clock::now();
  while (!healthy(client)) {
    process_.require_running("rw.node.bench.health");
    if (clock::now() > started + health_time_out)
      throw std::runtime_error("the node does not answer rw.node.bench.health:\n" + process_.log_tail());
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  start_time_ = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - started);
}

ropewalk_node::~ropewalk_node() {
  if (std::uncaught_exceptions() == 0) return;
  std::fprintf(stderr, "the node %s; its log ends:\n%s\n", process_.running() ? "is running" : "has ended by itself",
               process_.log_tail().c_str());
}

std::uint64_t ropewalk_node::resident_bytes() const {
  std::ifstream in{"/proc/" + std::to_string(process_.pid()) + "/status"};
  for (std::string word; in >> word;)
    if (word == "VmRSS:") {
      std::uint64_t kibibytes = 0;
      in >> kibibytes;
      return kibibytes * 1024;
    }
  throw std::runtime_error("the node is gone");
}

std::chrono::duration<double> ropewalk_node::processor_time() const { return processor_time_of(process_.pid()); }

std::chrono::duration<double> ropewalk_node::wait_until_idle() const {
  const auto started = clock::now();
  for (;;) {
    const auto window_from = clock::now();
    const auto before = processor_time();
    std::this_thread::sleep_for(idle_window);
    const std::chrono::duration<double> window = clock::now() - window_from;
    if ((processor_time() - before) / window < idle_share_of_a_core) return window_from - started;
    if (clock::now() > started + idle_time_out) throw std::runtime_error("the node never becomes idle");
  }
}

} // namespace ropewalk::bench
