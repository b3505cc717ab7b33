// 200 recorded agent conversations (tau-bench, airline) through the wire: in, back out equal, searched, and
// windows of several budgets, each a list that a model accepts.

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/runtime/openai_rules.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

std::optional<json> recorded() {
  std::string folder = std::string(ROPEWALK_SOURCE_DIR) + "/../shared/data";
  if (const char* given = std::getenv("ROPEWALK_SHARED_DATA")) folder = given;
  std::ifstream in(folder + "/tau-bench-gpt-4o-airline.json");
  if (!in) return std::nullopt;
  return json::parse(in);
}

std::string thread_id(std::size_t n) { return "tau-" + std::to_string(n); }

constexpr std::size_t part_size = 10;

// Appends a conversation as imports of some messages each, every one with its key, up to so many parts; false
// when the node went away.
bool import_conversation(test_system& s, std::size_t n, const json& messages, std::size_t parts = 1000) {
  for (std::size_t from = 0; from < messages.size() && from < parts * part_size; from += part_size) {
    json part = json::array();
    for (std::size_t i = from; i < std::min(from + part_size, messages.size()); ++i) part.push_back(messages[i]);
    const auto done =
        s.ask("rw.v1.acme.thread." + thread_id(n) + ".import", {{"format", "openai"}, {"data", part.dump()}},
              {{"Rw-Idempotency-Key", "import-" + std::to_string(n) + "-" + std::to_string(from)}},
              std::chrono::milliseconds(800));
    if (done.code == 0 || done.code == 503) return false;
    REQUIRE(done.code == 200);
  }
  return true;
}

json read_back(test_system& s, std::size_t n) {
  std::string text;
  json ask{{"format", "openai"}};
  while (true) {
    const auto page = s.thread(thread_id(n), "export", ask);
    REQUIRE(page.code == 200);
    text += page.body["data"].get<std::string>();
    if (!page.body.contains("next_cursor")) return json::parse(text);
    ask["cursor"] = page.body["next_cursor"];
  }
}

} // namespace

TEST_CASE("recorded conversations are imported, survive a kill in the middle, and come back equal") {
  const auto conversations = recorded();
  if (!conversations) {
    WARN("no recorded conversations beside the checkout: set ROPEWALK_SHARED_DATA");
    return;
  }
  test_system s;
  std::size_t total = 0;
  for (std::size_t n = 0; n < conversations->size(); ++n) {
    const json& messages = (*conversations)[n]["traj"];
    total += messages.size();
    if (n == 60 || n == 130) { // in the middle of a conversation: its first part is in, the rest is not
      REQUIRE(import_conversation(s, n, messages, 1));
      s.node().kill_now();
      CHECK_FALSE(import_conversation(s, n, messages));
      s.start_node();
    }
    REQUIRE(import_conversation(s, n, messages));
    if (n % 50 == 0) REQUIRE(import_conversation(s, n, messages)); // again: answered by its keys, nothing twice
  }
  CHECK(total == 5308);
  CHECK(s.threads("count").body["count"] == 200);
  CHECK(s.threads("count").body["messages"] == 5308);

  for (std::size_t n = 0; n < conversations->size(); ++n) REQUIRE(read_back(s, n) == (*conversations)[n]["traj"]);
  // Every window of every budget is a list that a model accepts.
  for (std::size_t n = 0; n < conversations->size(); ++n)
    for (const json& budget : {json{{"max_messages", 4}}, json{{"max_messages", 20}}, json{{"max_tokens", 3000}},
                               json{{"max_tokens", 6000}, {"max_messages", 9}}, json::object()}) {
      const auto window = s.thread(thread_id(n), "window", budget);
      REQUIRE(window.code == 200);
      const std::string fault = openai_fault(window.body["messages"]);
      INFO(thread_id(n) << " with " << budget.dump());
      REQUIRE(fault == "");
      REQUIRE(window.body["messages"][0]["role"] == "system");
      if (budget.contains("max_messages")) REQUIRE(window.body["count"] <= budget["max_messages"]);
    }

  // Searched by word, role and thread.
  const auto hits = s.threads("search", {{"query", "certificate"}, {"role", "user"}, {"limit", 100}});
  REQUIRE(hits.code == 200);
  CHECK(hits.body["hits"].size() > 10);
  for (const json& hit : hits.body["hits"]) CHECK(hit["role"] == "user");
  const auto one = s.threads("search", {{"query", "mia_li_3668"}, {"thread", thread_id(0)}});
  CHECK_FALSE(one.body["hits"].empty());
  for (const json& hit : one.body["hits"]) CHECK(hit["thread"] == thread_id(0));
}
