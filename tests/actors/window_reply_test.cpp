#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "actors/window_reply.hpp"
#include "runtime/json_writer.hpp"

using namespace ropewalk;
using actors::window_reply;

namespace {

actors::message_bytes window_message(std::uint64_t seq, const std::string& text, const char* role = "user",
                                     std::size_t metadata_bytes = 0) {
  json_writer w;
  w.begin_object().field("id", "m" + std::to_string(seq)).field("seq", seq).field("role", role).field("content", text);
  w.field("created_at", "2026-01-31T09:05:00.000001Z").field("tokens", 1);
  if (metadata_bytes > 0)
    w.key("metadata").begin_object().field("trace", std::string(metadata_bytes, 'x')).end_object();
  w.end_object();
  return std::make_shared<const std::string>(std::move(w).take());
}

thread::read_window last(std::uint64_t messages) {
  thread::read_window what;
  what.budget.max_messages = messages;
  what.shape = thread::window_shape::native;
  return what;
}

} // namespace

TEST_CASE("a window takes pages until it is decided, and is told oldest first") {
  window_reply window(last(5));
  REQUIRE(window.add_pinned(window_message(1, "be brief", "system")));
  REQUIRE(window.add_older(window_message(9, "nine")));
  REQUIRE(window.add_older(window_message(8, "eight")));
  CHECK_FALSE(*window.finish(false));
  for (std::uint64_t seq = 7; seq > 1; --seq) REQUIRE(window.add_older(window_message(seq, "older")));
  const auto text = window.finish(false);
  REQUIRE(text);
  REQUIRE(*text);
  std::vector<std::uint64_t> seqs;
  const auto body = nlohmann::json::parse(**text);
  for (const auto& m : body.at("messages")) seqs.push_back(m.at("seq"));
  CHECK(seqs.front() == 1);
  CHECK(seqs.back() == 9);
  CHECK(std::is_sorted(seqs.begin(), seqs.end()));
}

TEST_CASE("a thread that ends before the budget is a window as a whole") {
  window_reply window(last(100));
  REQUIRE(window.add_older(window_message(1, "alone")));
  CHECK_FALSE(*window.finish(false));
  CHECK(nlohmann::json::parse(**window.finish(true)).at("count") == 1);
}

TEST_CASE("a window is refused as soon as it is sure to be too large, not at the end of the thread") {
  window_reply window(last(0));
  const std::string text(100'000, 'x');
  std::uint64_t seq = 1'000'000;
  for (int pages = 0; pages < 100; ++pages) {
    for (int i = 0; i < 8; ++i) REQUIRE(window.add_older(window_message(--seq, text)));
    const auto reply = window.finish(false);
    if (reply) continue;
    CHECK(reply.error().type == "window_too_large");
    CHECK(pages < 15);
    return;
  }
  FAIL("it went on");
}

TEST_CASE("what a window does not show does not count against it") {
  for (const auto shape :
       {thread::window_shape::openai, thread::window_shape::langchain, thread::window_shape::native}) {
    thread::read_window what;
    what.shape = shape;
    window_reply window(what);
    for (std::uint64_t seq = 150; seq > 0; --seq) REQUIRE(window.add_older(window_message(seq, "hi", "user", 60'000)));
    const auto text = window.finish(true);
    if (shape == thread::window_shape::native) { // metadata is shown
      REQUIRE_FALSE(text);
      CHECK(text.error().type == "window_too_large");
      continue;
    }
    REQUIRE(text);
    const auto body = nlohmann::json::parse(**text);
    CHECK(body.at("count") == 150);
    CHECK(body.at("messages").at(149).at("content") == "hi");
  }
}

TEST_CASE("the size of system messages that are not pinned any more does not end a window") {
  window_reply window(last(2));
  REQUIRE(window.add_older(window_message(1'000, "the newest")));
  for (std::uint64_t seq = 999; seq > 899; --seq)
    REQUIRE(window.add_older(window_message(seq, std::string(100'000, 'x'), "system")));
  CHECK_FALSE(*window.finish(false));
  REQUIRE(window.add_older(window_message(1, "the oldest")));
  CHECK(nlohmann::json::parse(**window.finish(true)).at("count") == 2);
}
