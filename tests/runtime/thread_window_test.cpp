#include <map>

#include "runtime/thread/window.hpp"
#include "tests/random_seed.hpp"
#include "tests/runtime/openai_rules.hpp"
#include "tests/runtime/thread_samples.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;
using thread::role;
using thread::window_candidate;

namespace {

window_candidate user(std::uint32_t tokens) { return {0, role::user, tokens, {}, {}}; }
window_candidate assistant(std::uint32_t tokens, std::vector<std::string> calls = {}) {
  return {0, role::assistant, tokens, std::move(calls), {}};
}
window_candidate tool(std::uint32_t tokens, std::vector<std::string> answers) {
  return {0, role::tool, tokens, {}, std::move(answers)};
}
window_candidate instruction(std::uint32_t tokens) { return {0, role::system, tokens, {}, {}}; }

using indices = std::vector<std::size_t>;

} // namespace

TEST_CASE("without a budget a window is all of a conversation, system messages first") {
  const auto c = thread::choose_window({instruction(5)}, {instruction(5), user(1), assistant(2)}, true, {});
  CHECK(c.chosen == indices{0, 1, 2});
  CHECK(c.system_count == 1);
  CHECK(c.tokens == 8);
  CHECK_FALSE(c.reached_budget);
  CHECK(c.complete);
}

TEST_CASE("a token budget takes the newest messages that fit, exactly") {
  const std::vector<window_candidate> tail = {user(10), assistant(20), user(30)};
  const auto within = [&](std::uint64_t tokens) {
    return thread::choose_window({instruction(5)}, tail, true, {0, tokens});
  };
  CHECK(within(65).chosen == indices{0, 0, 1, 2});
  CHECK(within(64).chosen == indices{0, 1, 2});
  CHECK(within(64).tokens == 55);
  CHECK(within(55).chosen == indices{0, 1, 2});
  CHECK(within(54).chosen == indices{0, 2});
  CHECK(within(35).chosen == indices{0, 2});
  CHECK(within(34).chosen == indices{0});
  CHECK(within(34).reached_budget);
}

TEST_CASE("a message budget counts system messages") {
  const std::vector<window_candidate> tail = {user(1), assistant(1), user(1)};
  const auto within = [&](std::uint64_t messages) {
    return thread::choose_window({instruction(1)}, tail, true, {messages, 0});
  };
  CHECK(within(4).chosen == indices{0, 0, 1, 2});
  CHECK(within(3).chosen == indices{0, 1, 2});
  CHECK(within(2).chosen == indices{0, 2});
  CHECK(within(1).chosen == indices{0});
}

TEST_CASE("system messages are in even when they alone are over the budget") {
  const auto c = thread::choose_window({instruction(50), instruction(60)}, {user(1)}, true, {1, 10});
  CHECK(c.chosen == indices{0, 1});
  CHECK(c.tokens == 110);
  CHECK(c.reached_budget);
}

TEST_CASE("the first message that does not fit ends the window, with no holes") {
  const auto c = thread::choose_window({}, {user(1), assistant(100), user(1)}, true, {0, 50});
  CHECK(c.chosen == indices{2});
}

TEST_CASE("a call and its answers are in or out together") {
  const std::vector<window_candidate> tail = {user(1), assistant(1, {"a", "b"}), tool(10, {"a"}), tool(10, {"b"}),
                                              assistant(1)};
  CHECK(thread::choose_window({}, tail, true, {0, 22}).chosen == indices{1, 2, 3, 4});
  CHECK(thread::choose_window({}, tail, true, {0, 21}).chosen == indices{4});
  CHECK(thread::choose_window({}, tail, true, {4, 0}).chosen == indices{1, 2, 3, 4});
  CHECK(thread::choose_window({}, tail, true, {3, 0}).chosen == indices{4});
}

TEST_CASE("an unanswered call, an answer without a call and a second answer are left out") {
  CHECK(thread::choose_window({}, {user(1), assistant(1, {"a"})}, true, {}).chosen == indices{0});
  CHECK(thread::choose_window({}, {user(1), assistant(1, {"a", "b"}), tool(1, {"a"}), user(1)}, true, {}).chosen ==
        indices{0, 3});
  CHECK(thread::choose_window({}, {tool(1, {"a"}), user(1)}, true, {}).chosen == indices{1});
  CHECK(thread::choose_window({}, {assistant(1, {"a"}), tool(1, {"a"}), tool(9, {"a"})}, true, {}).chosen ==
        indices{0, 1});
  CHECK(thread::choose_window({}, {tool(1, {})}, true, {}).chosen.empty());
}

TEST_CASE("an answer that came after others spoke is moved up to its call") {
  const std::vector<window_candidate> tail = {assistant(1, {"a"}), user(1), assistant(1), tool(1, {"a"}), user(1)};
  CHECK(thread::choose_window({}, tail, true, {}).chosen == indices{0, 3, 1, 2, 4});
  CHECK(thread::choose_window({}, tail, true, {4, 0}).chosen == indices{1, 2, 4});
}

TEST_CASE("a call id that is used again belongs to the latest call before the answer") {
  const std::vector<window_candidate> tail = {assistant(1, {"a"}), tool(1, {"a"}), assistant(1, {"a"}), tool(1, {"a"})};
  CHECK(thread::choose_window({}, tail, true, {}).chosen == indices{0, 1, 2, 3});
  CHECK(thread::choose_window({}, tail, true, {2, 0}).chosen == indices{2, 3});
  CHECK(thread::choose_window({}, {assistant(1, {"a"}), assistant(1, {"a"}), tool(1, {"a"})}, true, {}).chosen ==
        indices{1, 2});
}

TEST_CASE("a tool message with several results answers only calls of one message and counts as so many") {
  const std::vector<window_candidate> tail = {assistant(1, {"a", "b"}), tool(1, {"a", "b"})};
  CHECK(thread::choose_window({}, tail, true, {3, 0}).chosen == indices{0, 1});
  CHECK(thread::choose_window({}, tail, true, {2, 0}).chosen.empty());
  CHECK(thread::choose_window({}, {assistant(1, {"a"}), assistant(1, {"b"}), tool(1, {"a", "b"})}, true, {})
            .chosen.empty());
}

TEST_CASE("a tail that may go on is complete only once the budget is reached") {
  const std::vector<window_candidate> tail = {tool(1, {"a"}), user(1), assistant(1)};
  CHECK_FALSE(thread::choose_window({}, tail, false, {}).complete);
  CHECK_FALSE(thread::choose_window({}, tail, false, {3, 0}).complete);
  CHECK(thread::choose_window({}, tail, false, {2, 0}).complete);
  CHECK(thread::choose_window({}, tail, true, {}).complete);
}

TEST_CASE("a stored message is described by its calls and answers") {
  const auto calls = thread::describe(stored(
      R"({"role":"assistant","content":[{"type":"tool_call","id":"b","name":"n","arguments":{}}],"tool_calls":[{"id":"a","type":"function","function":{"name":"n","arguments":""}}]})",
      4));
  REQUIRE(calls);
  CHECK(calls->seq == 4);
  CHECK(calls->author == role::assistant);
  CHECK(calls->calls == std::vector<std::string>{"a", "b"});
  const auto answers = thread::describe(stored(
      R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"a","content":"1"},{"type":"tool_result","tool_call_id":"b","content":"2"}],"tokens":7})"));
  REQUIRE(answers);
  CHECK(answers->answers == std::vector<std::string>{"a", "b"});
  CHECK(answers->tokens == 7);
  CHECK(thread::describe("{").error().code == errc::corrupt);
  CHECK(thread::describe(R"({"seq":1,"role":"bot","tokens":1})").error().code == errc::corrupt);
}

namespace {

// Conversations as clumsy as they come: calls without answers, answers without calls, late and double answers,
// ids used again, several results in one message, parts of all kinds.
class conversation {
public:
  explicit conversation(random_seed& random) : random_(random) {
    const auto length = random_.below(40);
    for (std::uint64_t i = 0; i < length; ++i) add(random_message());
  }
  std::vector<std::string> messages;

private:
  void add(const json& message) { messages.push_back(stored(message.dump(), messages.size() + 1)); }

  std::string id() { return "c" + std::to_string(random_.below(6)); }

  json random_content(bool attachments) {
    if (!random_.one_in(3)) return std::string(random_.below(60), 'x');
    json parts = json::array();
    for (std::uint64_t n = 1 + random_.below(3); n > 0; --n) switch (random_.below(attachments ? 6 : 1)) {
      case 1: parts.push_back({{"type", "image"}, {"url", "https://x/y.png"}}); break;
      case 2: parts.push_back({{"type", "image"}, {"data", "aGk="}, {"media_type", "image/png"}}); break;
      case 3: parts.push_back({{"type", "image_url"}, {"image_url", {{"url", "https://x/z.png"}}}}); break;
      case 4: parts.push_back({{"type", "file"}, {"url", "https://x/y.pdf"}, {"name", "y.pdf"}}); break;
      case 5: parts.push_back({{"type", "file"}, {"file_id", "f1"}}); break;
      default: parts.push_back({{"type", "text"}, {"text", "part"}}); break;
      }
    return parts;
  }

  json random_message() {
    json m;
    if (random_.one_in(4))
      m["name"] =
          random_.one_in(2) ? "Ann" : "Ann <of> Green/Gables \\ and a name that is far too long for what models take";
    if (random_.one_in(4)) m["tokens"] = random_.below(50);
    switch (random_.below(10)) {
    case 0:
      m["role"] = "system";
      m["content"] = random_content(true);
      return m;
    case 1:
    case 2:
    case 3:
      m["role"] = "user";
      m["content"] = random_content(true);
      return m;
    case 4:
      m["role"] = "assistant";
      m["content"] = random_content(true);
      return m;
    case 5:
    case 6: return calling(m);
    default: return answering(m);
    }
  }

  json calling(json m) {
    m["role"] = "assistant";
    std::set<std::string> ids;
    for (std::uint64_t n = 1 + random_.below(3); n > 0; --n) ids.insert(id());
    open_.assign(ids.begin(), ids.end());
    if (random_.one_in(3)) {
      m["content"] = random_.one_in(2) ? random_content(true) : json::array();
      if (m["content"].is_string()) m["content"] = json::array();
      for (const auto& i : ids)
        m["content"].push_back({{"type", "tool_call"}, {"id", i}, {"name", "add"}, {"arguments", {{"a", 1}}}});
    } else {
      if (random_.one_in(2)) m["content"] = random_content(false);
      for (const auto& i : ids)
        m["tool_calls"].push_back(
            {{"id", i}, {"type", "function"}, {"function", {{"name", "add"}, {"arguments", "{}"}}}});
    }
    return m;
  }

  json answering(json m) {
    m["role"] = "tool";
    if (random_.one_in(4) && !open_.empty()) {
      m["content"] = json::array();
      for (const auto& i : open_)
        m["content"].push_back({{"type", "tool_result"}, {"tool_call_id", i}, {"content", random_content(true)}});
      open_.clear();
      return m;
    }
    m["tool_call_id"] = id();
    if (!open_.empty() && !random_.one_in(8)) {
      m["tool_call_id"] = open_.back();
      open_.pop_back();
    }
    m["content"] = random_content(true);
    return m;
  }

  random_seed& random_;
  std::vector<std::string> open_;
};

struct split {
  std::vector<std::string> system_json;
  std::vector<window_candidate> system, all;
};

split describe_all(const std::vector<std::string>& messages) {
  split s;
  for (const std::string& m : messages) {
    auto c = thread::describe(m);
    REQUIRE(c);
    if (c->author == role::system) {
      s.system.push_back(*c);
      s.system_json.push_back(m);
    }
    s.all.push_back(*std::move(c));
  }
  return s;
}

json shaped_window(const thread::window_choice& choice, const split& s, const std::vector<std::string>& tail,
                   thread::window_shape shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < choice.chosen.size(); ++i) {
    if (i) text += ',';
    REQUIRE(thread::append_shaped(
        text, i < choice.system_count ? s.system_json[choice.chosen[i]] : tail[choice.chosen[i]], shape));
  }
  return json::parse(text + "]");
}

} // namespace

TEST_CASE("every window of every conversation is a list that OpenAI takes and keeps to its budget") {
  random_seed random;
  CAPTURE(random.rerun());
  for (int round = 0; round < 1500; ++round) {
    const conversation c(random);
    const split s = describe_all(c.messages);
    const thread::window_budget budget{random.one_in(3) ? 0 : 1 + random.below(20),
                                       random.one_in(3) ? 0 : 1 + random.below(400)};
    const auto choice = thread::choose_window(s.system, s.all, true, budget);
    const json list = shaped_window(choice, s, c.messages, thread::window_shape::openai);
    CAPTURE(round, budget.max_messages, budget.max_tokens, list.dump());
    REQUIRE(openai_fault(list) == "");

    std::uint64_t tokens = 0;
    for (std::size_t i = 0; i < choice.chosen.size(); ++i)
      tokens += (i < choice.system_count ? s.system : s.all)[choice.chosen[i]].tokens;
    REQUIRE(choice.tokens == tokens);
    REQUIRE(choice.system_count == s.system.size());
    if (choice.chosen.size() > choice.system_count) { // system messages may be over the budget alone
      if (budget.max_tokens) REQUIRE(tokens <= budget.max_tokens);
      if (budget.max_messages) REQUIRE(list.size() <= budget.max_messages);
    }
    for (const json& m : shaped_window(choice, s, c.messages, thread::window_shape::langchain)) {
      REQUIRE((m.at("type") == "human" || m.at("type") == "ai" || m.at("type") == "system" || m.at("type") == "tool"));
      REQUIRE((m.at("content").is_string() || m.at("content").is_array()));
      for (const json& call : m.value("tool_calls", json::array())) REQUIRE(call.at("args").is_object());
    }
  }
}

TEST_CASE("a complete window of a tail is the window of the whole conversation") {
  random_seed random;
  CAPTURE(random.rerun());
  int completed = 0;
  for (int round = 0; round < 1500; ++round) {
    const conversation c(random);
    const split s = describe_all(c.messages);
    const thread::window_budget budget{random.below(12), random.below(300)};
    const auto whole = thread::choose_window(s.system, s.all, true, budget);
    const std::size_t cut = random.below(s.all.size() + 1);
    const std::vector<window_candidate> tail(s.all.begin() + static_cast<std::ptrdiff_t>(cut), s.all.end());
    const auto part = thread::choose_window(s.system, tail, cut == 0, budget);
    if (!part.complete) continue;
    ++completed;
    std::vector<std::size_t> moved = part.chosen;
    for (std::size_t i = part.system_count; i < moved.size(); ++i) moved[i] += cut;
    CAPTURE(round, cut, c.messages);
    REQUIRE(moved == whole.chosen);
  }
  CHECK(completed > 300);
}
