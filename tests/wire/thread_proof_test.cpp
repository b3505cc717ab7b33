// Signed snapshots of threads and their verification, against a real node whose files somebody changes.

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "tests/storage/tamper.hpp"
#include "tests/support/program.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

void write_file(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

} // namespace

TEST_CASE("a thread's snapshot verifies later; a forged one, and views that were changed, do not") {
  test_system s;
  REQUIRE(s.thread("t", "create").code == 200);
  for (const char* text : {"one", "two", "three"}) REQUIRE(s.thread("t", "append", user_message(text)).code == 200);
  REQUIRE(s.thread("t", "fork", {{"seq", 2}, {"thread", "f"}}).code == 200);
  CHECK(s.thread("nosuch", "snapshot").code == 404);
  CHECK(s.thread("nosuch", "verify").code == 404);

  const auto last = s.thread("t", "append", user_message("four"));
  const auto made = s.thread("t", "snapshot");
  INFO(made.body.dump(2));
  REQUIRE(made.code == 200);
  const json& snapshot = made.body["snapshot"];
  CHECK(snapshot["thread"] == "t");
  CHECK(snapshot["messages"] == 4);
  for (const char* member : {"partition", "index", "hash"}) CHECK(snapshot[member] == last.body["receipt"][member]);
  CHECK(snapshot["key"] == s.ask("rw.node.test.status", {}).body["keyring"]["active"]);

  const std::string file = s.scratch() / "t.json";
  REQUIRE(run_program(s, "thread snapshot t --out " + file).code == 0);
  REQUIRE(run_program(s, "thread export t --out " + file + "l").code == 0);
  const auto sum = json::parse(read_file(file))["snapshot"]["digest"].get<std::string>();
  write_file(s.scratch() / "sums", sum + "  -\n");
  child_process check({"sh", "-c", "tail -n +2 " + file + "l | sha256sum -c " + s.scratch().path() + "/sums"},
                      s.scratch() / "sha.log");
  CHECK(check.wait(std::chrono::seconds(10)) == 0); // what the reference promises

  REQUIRE(s.thread("t", "append", user_message("five")).code == 200);
  REQUIRE(s.thread("t", "edit", {{"seq", 1}, {"content", "changed"}}).code == 200);
  CHECK(s.thread("t", "verify").body ==
        json{{"valid", true}, {"version", 9}, {"messages", 5}, {"faults", json::array()}});
  CHECK(s.thread("t", "verify", made.body).body["valid"] == true);
  CHECK(s.thread("f", "verify").body["valid"] == true);
  CHECK(run_program(s, "thread verify t --snapshot " + file).code == 0);

  json forged = made.body;
  forged["snapshot"]["messages"] = 3;
  const auto refused = s.thread("t", "verify", forged);
  REQUIRE(refused.code == 200);
  CHECK(refused.body["valid"] == false);
  CHECK(refused.body["faults"][0]["kind"] == "snapshot");
  write_file(s.scratch() / "forged.json", forged.dump());
  CHECK(run_program(s, "thread verify t --snapshot " + s.scratch().path() + "/forged.json").code == 7);
  CHECK(run_program(s, "thread verify f --snapshot " + file).code == 7); // of another thread
  write_file(s.scratch() / "rubbish.json", "[]");
  CHECK(run_program(s, "thread verify t --snapshot " + s.scratch().path() + "/rubbish.json").code == 8);

  REQUIRE(s.node().stop() == 0);
  tamper(s.data() + "/views.db", "UPDATE messages SET body = replace(body, '\"two\"', '\"TWO\"')");
  s.start_node();
  CHECK(s.thread("t", "messages").body["messages"][1]["content"] == "TWO"); // or nothing was tampered with
  const auto changed = s.thread("t", "verify", made.body);
  INFO(changed.body.dump(2));
  CHECK(changed.body["valid"] == false);
  REQUIRE(changed.body["faults"].size() == 1);
  CHECK(changed.body["faults"][0]["kind"] == "message");
  CHECK(changed.body["faults"][0]["seq"] == 2);
  CHECK(s.thread("f", "verify").body["valid"] == false); // it shows the same row
  CHECK(s.thread("t", "snapshot").type() == "thread_not_verified");
  CHECK(run_program(s, "thread verify t").code == 7);

  REQUIRE(run_program(s, "rebuild-views").code == 0);
  CHECK(eventually([&] { return s.thread("t", "verify", made.body).body.value("valid", false); }));
}
