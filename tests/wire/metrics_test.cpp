// What a node tells Prometheus.

#include <catch2/catch.hpp>

#include <sstream>

#include "tests/support/http_get.hpp"
#include "tests/support/program.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

bool says(const std::string& page, const std::string& line) {
  return page.find("\n" + line + "\n") != std::string::npos;
}

std::string figure(const std::string& page, const std::string& name) {
  std::istringstream in(page);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + " ")) return line.substr(name.size() + 1);
  return {};
}

} // namespace

TEST_CASE("a node tells Prometheus what was asked of it and how it came out, without names of threads or orgs") {
  const int port = free_port();
  test_system system({"--metrics", "127.0.0.1:" + std::to_string(port)});
  for (int i = 0; i < 3; ++i) REQUIRE(system.thread("secret-thread", "create", {{"if_absent", true}}).code == 200);
  REQUIRE(system.thread("secret-thread", "append", user_message("secret-text")).code == 200);
  REQUIRE(system.thread("none", "get").code == 404);
  std::string page; // a request is counted behind its answer
  CHECK(eventually([&] {
    page = http_get(port, "/metrics");
    return says(page, R"(ropewalk_requests_total{verb="thread.get",outcome="not_found"} 1)");
  }));
  CAPTURE(page);
  CHECK(page.starts_with("HTTP/1.1 200"));
  CHECK(says(page, R"(ropewalk_requests_total{verb="thread.create",outcome="ok"} 3)"));
  CHECK(says(page, R"(ropewalk_requests_total{verb="thread.append",outcome="ok"} 1)"));
  CHECK(says(page, R"(ropewalk_requests_total{verb="thread.get",outcome="not_found"} 1)"));
  CHECK(says(page, R"(ropewalk_request_seconds_count{verb="thread.create"} 3)"));
  CHECK(says(page, R"(ropewalk_request_seconds_bucket{verb="thread.create",le="+Inf"} 3)"));
  CHECK(says(page, R"(ropewalk_quarantined{level="log"} 0)"));
  CHECK(std::stod(figure(page, "ropewalk_journal_commit_seconds_count")) >= 2);
  CHECK(std::stod(figure(page, "ropewalk_resident_bytes")) > 1e6);
  CHECK(std::stod(figure(page, "ropewalk_journal_position")) >= 2);
  CHECK(std::stod(figure(page, "ropewalk_active_entities")) >= 1);
  CHECK(figure(page, "ropewalk_takeovers_total").empty()); // it is alone
  CHECK(page.find("secret") == std::string::npos);
  CHECK(page.find("acme") == std::string::npos);
}

TEST_CASE("nothing listens for Prometheus where nobody asked, and a bad address is refused by name") {
  for (const char* bad : {"9464", "127.0.0.1", "127.0.0.1:", ":9464", "localhost:9464", "127.0.0.1:0",
                          "127.0.0.1:65536", "127.0.0.1:94x", "::1:9464"}) {
    const scratch_directory scratch;
    child_process node({test_system::binary(), "node", "--data", scratch / "data", "--metrics", bad}, scratch / "log");
    CHECK(node.wait(std::chrono::seconds(20)) == 2);
    const std::string log = read_file(scratch / "log");
    INFO(bad << ": " << log);
    CHECK(log.find("ADDRESS:PORT") != std::string::npos);
  }
  const int port = free_port();
  test_system first({"--metrics", "127.0.0.1:" + std::to_string(port)});
  const scratch_directory scratch;
  child_process second({test_system::binary(), "node", "--data", scratch / "data", "--nats", first.url(), "--prefix",
                        "other", "--metrics", "127.0.0.1:" + std::to_string(port)},
                       scratch / "log");
  CHECK(second.wait(std::chrono::seconds(20)) > 0);
  CHECK(read_file(scratch / "log").find("cannot listen to 127.0.0.1:" + std::to_string(port)) != std::string::npos);
}
