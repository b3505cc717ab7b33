// Verbs that show a state which fits no reply of a node: it comes in pieces and is shown whole.
// States are compared in parentheses: a failure is not to print megabytes.

#include <chrono>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/dev_system.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// Of two bytes a character and with signs that JSON escapes, so that a piece can end in the middle of either.
std::string repeated(const std::string& text, std::size_t bytes) {
  std::string all = "x";
  while (all.size() + text.size() < bytes) all += text;
  return all;
}

void write_file(const dev_system& dev, const std::string& name, const json& value) {
  std::ofstream(std::string(dev.scratch() / name)) << value.dump();
}

std::string said(const dev_system& dev, const std::string& command) {
  const command_result r = dev.run(command);
  INFO(command << ": " << r.output.substr(0, 500));
  REQUIRE(r.code == 0);
  return r.output;
}

// What stands in place of what was left out is not shown beside it.
json shown_state(const json& reply) {
  CHECK_FALSE(reply.contains("state_left_out"));
  CHECK_FALSE(reply.contains("state_bytes"));
  return reply.value("state", json());
}

// At the left edge stands the state's own brace, in the table's form.
json state_behind_lines(const std::string& text) { return json::parse(text.substr(text.find("\n{") + 1)); }

} // namespace

TEST_CASE("a state of megabytes is shown whole by every verb that shows states") {
  dev_system dev;
  json input = {{"small", 7}, {"first", repeated("ä", 990'000)}};
  const json second = {{"second", repeated("\\\"ö", 600'000)}};
  write_file(dev, "input.json", input);
  write_file(dev, "second.json", second);
  said(dev,
       R"(echo '{"name":"asked","phases":[{"name":"w","run":"wait","signal":"go"}]}' | ropewalk workflow define -)");
  // Attributes of such names are the instance's own, whatever a reply's fields are called.
  said(dev, "ropewalk workflow start asked --id big --input @input.json -a state_left_out=true -a state_bytes=7");
  said(dev, "ropewalk workflow update big --patch @second.json");
  json whole = input;
  whole.merge_patch(second);

  const json got = json::parse(said(dev, "ropewalk workflow get big --state -o json"));
  CHECK((shown_state(got) == whole));
  CHECK(got.at("workflow").at("attributes") == json{{"state_left_out", true}, {"state_bytes", 7}});
  CHECK((state_behind_lines(said(dev, "ropewalk workflow get big --state")) == whole));
  CHECK((json::parse(said(dev, "ropewalk workflow state big")) == whole));
  CHECK((shown_state(json::parse(said(dev, "ropewalk workflow state big --at 1 -o json"))) == input));
  CHECK((shown_state(json::parse(said(dev, "ropewalk checkpoint show big -o json"))) == input));

  const std::string log = dev.scratch() / "watch.log";
  child_process watcher = dev.start("ropewalk workflow get big --state --watch -o jsonl", log);
  REQUIRE(eventually([&] { return read_file(log).ends_with("\n"); }));
  said(dev, "ropewalk workflow signal big go --payload '{\"third\":3}'");
  whole["third"] = 3;
  CHECK(watcher.wait(30s) == 0);
  const std::string lines = read_file(log);
  const json last = json::parse(lines.substr(lines.rfind('\n', lines.size() - 2) + 1));
  CHECK(last.at("workflow").at("status") == "completed");
  CHECK((shown_state(last) == whole));
  CHECK((shown_state(json::parse(said(dev, "ropewalk workflow result big -o json"))) == whole));
  CHECK((state_behind_lines(said(dev, "ropewalk workflow result big")) == whole));

  // Its events as well: a document that can be replayed without a node.
  said(dev, "ropewalk workflow history big -o json > big.json");
  CHECK(said(dev, "ropewalk workflow replay --history big.json --url nats://127.0.0.1:1")
            .starts_with("the same comes of it: "));
  said(dev, "ropewalk workflow history big -o jsonl > big.jsonl");
  CHECK(read_file(dev.scratch() / "big.jsonl").find("fields_left_out") == std::string::npos);
}

TEST_CASE("start --wait shows a result of megabytes whole") {
  dev_system dev;
  const json input = {{"first", repeated("ä", 990'000)}};
  write_file(dev, "input.json", input);
  said(dev,
       R"(echo '{"name":"nap","phases":[{"name":"nap","run":"sleep","for":"10ms"}]}' | ropewalk workflow define -)");
  const json ended = json::parse(said(dev, "ropewalk workflow start nap --input @input.json --wait -o json"));
  CHECK(ended.at("status") == "completed");
  CHECK((shown_state(ended) == input));
}
