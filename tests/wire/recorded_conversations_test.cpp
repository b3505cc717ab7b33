// 200 recorded agent conversations (tau-bench, airline) through the wire: in, back out equal, searched, and
// windows of several budgets, each a list that a model accepts.

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/random_seed.hpp"
#include "tests/runtime/openai_rules.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

// nullopt: there is no such file, and nobody said that there is one.
std::optional<json> recorded() {
  const char* given = std::getenv("ROPEWALK_SHARED_DATA");
  const std::string folder = given ? given : std::string(ROPEWALK_SOURCE_DIR) + "/../shared/data";
  std::ifstream in(folder + "/tau-bench-gpt-4o-airline.json");
  if (!in && given) FAIL("ROPEWALK_SHARED_DATA names no folder with tau-bench-gpt-4o-airline.json: " << folder);
  if (!in) {
    WARN("no recorded conversations beside the checkout: set ROPEWALK_SHARED_DATA");
    return std::nullopt;
  }
  return json::parse(in);
}

std::string thread_id(std::size_t n) { return "tau-" + std::to_string(n); }

constexpr std::size_t part_size = 10;

answer import_part(test_system& s, std::size_t n, const json& messages, std::size_t from,
                   std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
  json part = json::array();
  for (std::size_t i = from; i < std::min(from + part_size, messages.size()); ++i) part.push_back(messages[i]);
  return s.ask("rw.v1.acme.thread." + thread_id(n) + ".import", {{"format", "openai"}, {"data", part.dump()}},
               {{"Rw-Idempotency-Key", "import-" + std::to_string(n) + "-" + std::to_string(from)}}, timeout);
}

// As imports of some messages each, every one with its key.
void import_conversation(test_system& s, std::size_t n, const json& messages) {
  for (std::size_t from = 0; from < messages.size(); from += part_size)
    REQUIRE(import_part(s, n, messages, from).code == 200);
}

// Kills the node at a random moment of an import that would take about so long, and starts it again. True: before it
// answered.
bool kill_during_import(test_system& s, std::size_t n, const json& messages, std::chrono::microseconds takes,
                        random_seed& seed) {
  const std::size_t from = part_size * seed.below((messages.size() + part_size - 1) / part_size);
  for (std::size_t before = 0; before < from; before += part_size)
    REQUIRE(import_part(s, n, messages, before).code == 200);
  answer answered;
  std::thread asking([&] { answered = import_part(s, n, messages, from, std::chrono::seconds(1)); });
  std::this_thread::sleep_for(takes / 4 + takes * static_cast<int>(seed.below(1000)) / 1000);
  s.node().kill_now();
  asking.join();
  s.start_node();
  return answered.code != 200;
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

TEST_CASE("recorded conversations are imported, survive kills during an import, and come back equal") {
  random_seed seed;
  CAPTURE(seed.rerun());
  const auto conversations = recorded();
  if (!conversations) return;
  test_system s;
  std::size_t total = 0;
  int kills = 0, unanswered = 0;
  auto takes = std::chrono::microseconds(2000); // an import
  for (std::size_t n = 0; n < conversations->size(); ++n) {
    const json& messages = (*conversations)[n]["traj"];
    total += messages.size();
    if (n % 5 == 4 && unanswered < 5) {
      ++kills;
      if (kill_during_import(s, n, messages, takes, seed)) ++unanswered;
      else takes = takes * 3 / 4;
    }
    import_conversation(s, n, messages);
    if (n % 50 == 0) import_conversation(s, n, messages); // again: answered by its keys, nothing twice
  }
  WARN(kills << " kills, " << unanswered << " of them before the import was answered");
  CHECK(unanswered >= 5);
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
