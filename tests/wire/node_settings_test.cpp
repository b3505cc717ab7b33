// An operator's settings: by flag, by variable and by file, in this order, and each does what it says.

#include <catch2/catch.hpp>

#include <fstream>

#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

struct set_values {
  int max_messages, ttl_s, threads_per_user, request_bytes;
  bool operator==(const set_values&) const = default;
};

constexpr set_values in_file{7, 7000, 7, 7000}, in_variable{6, 6000, 6, 6000}, by_flag{5, 5000, 5, 5000};

std::vector<std::string> flags(const set_values& v) {
  return {"--max-messages",     std::to_string(v.max_messages),     "--ttl",           std::to_string(v.ttl_s) + "s",
          "--threads-per-user", std::to_string(v.threads_per_user), "--request-bytes", std::to_string(v.request_bytes)};
}

std::vector<std::pair<std::string, std::string>> variables(const set_values& v) {
  return {{"ROPEWALK_MAX_MESSAGES", std::to_string(v.max_messages)},
          {"ROPEWALK_TTL", std::to_string(v.ttl_s) + "s"},
          {"ROPEWALK_THREADS_PER_USER", std::to_string(v.threads_per_user)},
          {"ROPEWALK_REQUEST_BYTES", std::to_string(v.request_bytes)}};
}

class settings_file {
public:
  explicit settings_file(const set_values& v) {
    std::ofstream(path()) << "[node]\nmax-messages = " << v.max_messages << "\nttl = \"" << v.ttl_s
                          << "s\"\nthreads-per-user = " << v.threads_per_user << "\nrequest-bytes = " << v.request_bytes
                          << "\n";
  }
  std::string path() const { return directory_ / "config.toml"; }

private:
  scratch_directory directory_;
};

set_values told_by(test_system& s) {
  const json settings = s.ask("rw.node.test.status", {}).body.at("settings");
  return {settings["max_messages"], settings["ttl_seconds"], settings["threads_per_user"], settings["request_bytes"]};
}

bool takes_request_of(test_system& s, std::size_t bytes) {
  const std::string frame = R"({"role":"user","content":""})";
  const auto answer = s.ask_raw("rw.v1.acme.thread.sized.append",
                                R"({"role":"user","content":")" + std::string(bytes - frame.size(), 'x') + "\"}");
  if (answer.code == 200) return true;
  CHECK(answer.code == 413);
  CHECK(answer.type() == "over_node_limit");
  return false;
}

// By what the node does, not by what it says.
set_values done_by(test_system& s) {
  set_values v{};
  while (v.threads_per_user < 20 && s.threads("create", {{"user", "ann"}}).code == 200) ++v.threads_per_user;
  const json made = s.thread("sized", "create").body.at("thread");
  v.ttl_s = made.at("limits").at("ttl_seconds");
  for (int i = 0; i < 12; ++i) REQUIRE(s.thread("sized", "append", {{"role", "user"}, {"content", "x"}}).code == 200);
  v.max_messages = s.thread("sized", "get").body["thread"]["message_count"];
  for (const auto& bound : {in_file, in_variable, by_flag})
    if (takes_request_of(s, static_cast<std::size_t>(bound.request_bytes)) &&
        !takes_request_of(s, static_cast<std::size_t>(bound.request_bytes) + 1))
      v.request_bytes = bound.request_bytes;
  return v;
}

} // namespace

TEST_CASE("settings from the file take effect") {
  const settings_file file(in_file);
  test_system s({}, {{"ROPEWALK_CONFIG", file.path()}});
  CHECK(told_by(s) == in_file);
  CHECK(done_by(s) == in_file);
}

TEST_CASE("a variable wins over the file") {
  const settings_file file(in_file);
  auto environment = variables(in_variable);
  environment.emplace_back("ROPEWALK_CONFIG", file.path());
  test_system s({}, environment);
  CHECK(told_by(s) == in_variable);
  CHECK(done_by(s) == in_variable);
}

TEST_CASE("a flag wins over the variable and the file") {
  const settings_file file(in_file);
  auto environment = variables(in_variable);
  environment.emplace_back("ROPEWALK_CONFIG", file.path());
  test_system s(flags(by_flag), environment);
  CHECK(told_by(s) == by_flag);
  CHECK(done_by(s) == by_flag);
}

TEST_CASE("a setting that makes no sense ends the node with its name") {
  const scratch_directory scratch;
  child_process node({test_system::binary(), "node", "--data", scratch / "data"}, scratch / "log",
                     {{"ROPEWALK_REQUEST_BYTES", "0"}});
  CHECK(node.wait(std::chrono::seconds(10)) == 2);
  CHECK(read_file(scratch / "log").find("--request-bytes") != std::string::npos);
}
