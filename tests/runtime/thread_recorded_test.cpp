// Recorded conversations of a language model with its tools and a customer: what goes in comes out.
#include <fstream>
#include <iostream>
#include <sstream>

#include "runtime/thread/export_format.hpp"
#include "runtime/thread/import_format.hpp"
#include "runtime/thread/window.hpp"
#include "tests/runtime/openai_rules.hpp"
#include "tests/runtime/thread_samples.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

// Empty where the data is not; then the test says so and passes.
json recorded_conversations() {
  const auto file = shared_data("tau-bench-gpt-4o-airline.json");
  if (file.empty()) {
    std::cout << "skipped: no tau-bench-gpt-4o-airline.json; ROPEWALK_SHARED_DATA names its folder\n";
    return json::array();
  }
  std::ifstream in(file);
  json conversations = json::array();
  for (json& recording : json::parse(in)) conversations.push_back(std::move(recording.at("traj")));
  return conversations;
}

std::vector<std::string> stored_messages(const thread::imported& in) {
  std::vector<std::string> messages;
  for (const auto& draft : in.messages) messages.push_back(stored(draft, messages.size() + 1));
  return messages;
}

std::string exported(thread::export_format format, const std::vector<std::string>& messages) {
  std::string out = *thread::export_header(format, R"({"name":"recorded"})");
  for (const std::string& m : messages) REQUIRE(thread::append_export_row(out, format, m, &m == &messages.front()));
  return out + thread::export_footer(format);
}

} // namespace

TEST_CASE("recorded conversations come out of import and export as they went in") {
  std::size_t count = 0;
  for (const json& conversation : recorded_conversations()) {
    const auto in = thread::decode_import(thread::import_format::openai, conversation.dump());
    REQUIRE(in);
    const auto messages = stored_messages(*in);
    REQUIRE(json::parse(exported(thread::export_format::openai, messages)) == conversation);

    const std::string lines = exported(thread::export_format::jsonl, messages);
    const auto again = thread::decode_import(thread::import_format::jsonl, lines);
    REQUIRE(again);
    REQUIRE(again->thread->name == "recorded");
    REQUIRE(exported(thread::export_format::jsonl, stored_messages(*again)) == lines);
    REQUIRE_FALSE(exported(thread::export_format::markdown, messages).empty());
    REQUIRE_FALSE(exported(thread::export_format::csv, messages).empty());
    count += messages.size();
  }
  CHECK((count == 0 || count == 5308));
}

TEST_CASE("every window of a recorded conversation is a list that OpenAI takes") {
  for (const json& conversation : recorded_conversations()) {
    const auto in = thread::decode_import(thread::import_format::openai, conversation.dump());
    REQUIRE(in);
    const auto messages = stored_messages(*in);
    std::vector<thread::window_candidate> system, all;
    for (const std::string& m : messages) {
      all.push_back(*thread::describe(m));
      if (all.back().author == thread::role::system) system.push_back(all.back());
    }
    REQUIRE(system.size() == 1);
    for (const thread::window_budget budget :
         {thread::window_budget{0, 0}, {1, 0}, {2, 0}, {5, 0}, {20, 0}, {0, 100}, {0, 2000}, {0, 4000}, {10, 3000}}) {
      const auto choice = thread::choose_window(system, all, true, budget);
      std::string text = "[";
      for (std::size_t i = 0; i < choice.chosen.size(); ++i) {
        if (i) text += ',';
        REQUIRE(thread::append_shaped(text, messages[i == 0 ? 0 : choice.chosen[i]], thread::window_shape::openai));
      }
      const json list = json::parse(text + "]");
      REQUIRE(openai_fault(list) == "");
      REQUIRE(list.front() == conversation.front());
      if (budget.max_messages > 0) REQUIRE(list.size() <= budget.max_messages);
      if (budget.max_messages == 0 && budget.max_tokens == 0 && openai_fault(conversation) == "")
        REQUIRE(list == conversation);
    }
  }
}
