// The table of hostile requests against a live node: each refused with field and rule, nothing changed, the
// node up.

#include <catch2/catch.hpp>

#include "tests/support/hostile_requests.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

std::uint64_t journal_position(test_system& s) {
  return s.ask("rw.node.test.status", {}).body.at("journal").at("position").get<std::uint64_t>();
}

} // namespace

TEST_CASE("hostile requests are refused by name and change nothing") {
  test_system s;
  REQUIRE(s.thread("t1", "create").code == 200);
  REQUIRE(s.thread("t1", "append", {{"role", "user"}, {"content", "calm"}}).code == 200);
  const auto requests = hostile_requests();
  REQUIRE(requests.size() >= 200);
  const auto before = journal_position(s);
  for (const auto& hostile : requests) {
    if (!hostile.reaches_node) continue;
    INFO(hostile.name << ": " << hostile.subject);
    // A repeated header cannot be asked with here: tests/transport has them.
    std::map<std::string, std::string> headers(hostile.headers.begin(), hostile.headers.end());
    if (headers.size() != hostile.headers.size()) continue;
    const auto answer = s.ask_raw(hostile.subject, hostile.body, headers);
    CHECK(answer.code == hostile.status);
    if (hostile.field != "*") CHECK(answer.body.value("field", "") == hostile.field);
    CHECK_FALSE(answer.body.value("detail", "").empty());
  }
  CHECK(journal_position(s) == before);
  CHECK(s.node().running());
  CHECK(s.thread("t1", "messages").body["count"] == 1);
}

TEST_CASE("hostile search texts give hits, none or a refusal of the query") {
  test_system s;
  REQUIRE(s.thread("t1", "create").code == 200);
  REQUIRE(s.thread("t1", "append", {{"role", "user"}, {"content", "calm \"quoted\" NEAR harbour"}}).code == 200);
  for (const auto& query : hostile_queries()) {
    INFO(query);
    const auto answer = s.threads("search", {{"query", query}});
    CHECK((answer.code == 200 || (answer.code == 400 && answer.body["field"] == "query")));
  }
}

TEST_CASE("a node's own bounds on sizes are lower than the reference's, and name the field") {
  test_system s({"--request-bytes", "4096", "--content-bytes", "100"});
  REQUIRE(s.thread("t1", "create").code == 200);
  const auto content = s.thread("t1", "append", {{"role", "user"}, {"content", std::string(200, 'x')}});
  CHECK(content.code == 413);
  CHECK(content.body["field"] == "content");
  CHECK(s.thread("t1", "append", {{"role", "user"}, {"content", std::string(5000, 'x')}}).code == 413);
  CHECK(s.thread("t1", "append", {{"role", "user"}, {"content", std::string(50, 'x')}}).code == 200);
}
