// What a node writes about its work: lines for machines, and never a word of what agents say.

#include <catch2/catch.hpp>

#include <sstream>

#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

const std::string marker = "zebra-7f3a";

// Content by every way in, and by requests that fail because of it.
void say(test_system& s) {
  REQUIRE(s.thread("t", "create", {{"metadata", {{"note", marker}}}}).code == 200);
  REQUIRE(s.thread("t", "append", user_message(marker), "key").code == 200);
  CHECK(s.thread("t", "append", user_message(marker + "!"), "key").code == 409);
  CHECK(s.thread("t", "append_batch", {{"messages", {user_message(marker), user_message(marker)}}}).code == 200);
  CHECK(s.thread("t", "edit", {{"seq", 1}, {"content", marker}}).code == 200);
  const json file = json::array({user_message(marker)});
  CHECK(s.thread("in", "import", {{"format", "openai"}, {"data", file.dump()}}).code == 200);
  CHECK(s.thread("in", "import", {{"format", "openai"}, {"data", marker}}).code == 400);
  CHECK(s.thread("t", "append", {{"role", marker}, {"content", marker}}).code == 400);
  CHECK(s.ask_raw("rw.v1.acme.thread.t.append", "{\"" + marker).code == 400);
  CHECK(s.threads("search", {{"query", marker}}).code == 200);
  CHECK(s.threads("search", {{"query", "\"" + marker}}).code > 0);
  for (const char* verb : {"messages", "window", "export"}) CHECK(s.thread("t", verb).code == 200);
  CHECK(s.thread("t", "fork", {{"seq", 2}, {"thread", "f"}}).code == 200);
  CHECK(s.thread("f", "messages").body["count"] == 2);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one);) lines.push_back(one);
  return lines;
}

} // namespace

TEST_CASE("a node's log has no message's content and is a JSON object a line where that is asked for") {
  const std::string format = GENERATE("json", "text"), level = GENERATE("info", "debug");
  CAPTURE(format, level);
  test_system s({"--log-format", format, "--log-level", level});
  say(s);
  s.nats().kill_now(); // trouble is told, too, of each connection
  const auto told = [&](const std::string& what) { return s.node_log().find(what) != std::string::npos; };
  REQUIRE(eventually([&] { return told("nats disconnected") && told("requests\"") && told("answers\""); }));
  s.start_nats();
  REQUIRE(eventually([&] { return s.thread("t", "get").code == 200; }));
  s.node().kill_now(); // and what is read again at the start
  s.start_node();
  CHECK(s.thread("t", "messages").code == 200);
  CHECK(s.node().stop() == 0);
  const std::string log = s.node_log();
  CHECK(log.find("serving") != std::string::npos);
  CHECK(log.find(marker) == std::string::npos);
  if (format != "json") return;
  for (const std::string& line : lines_of(log)) {
    INFO(line);
    const json entry = json::parse(line, nullptr, false);
    REQUIRE(entry.is_object());
    CHECK(entry.at("node") == "test");
    CHECK(entry.at("level").is_string());
    CHECK(entry.at("message").is_string());
    CHECK(entry.at("time").get<std::string>().ends_with("Z"));
  }
}
