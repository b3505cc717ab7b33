#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "actors/window_reply.hpp"
#include "runtime/json_writer.hpp"

using namespace ropewalk;
using actors::window_reply;

namespace {

actors::message_bytes message(std::uint64_t seq, const std::string& text, const char* role = "user") {
  json_writer w;
  w.begin_object().field("id", "m" + std::to_string(seq)).field("seq", seq).field("role", role).field("content", text);
  w.field("created_at", "2026-01-31T09:05:00.000001Z").field("tokens", 1).end_object();
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
  REQUIRE(window.add_pinned(message(1, "be brief", "system")));
  REQUIRE(window.add_older(message(9, "nine")));
  REQUIRE(window.add_older(message(8, "eight")));
  CHECK_FALSE(*window.finish(false));
  for (std::uint64_t seq = 7; seq > 1; --seq) REQUIRE(window.add_older(message(seq, "older")));
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
  REQUIRE(window.add_older(message(1, "alone")));
  CHECK_FALSE(*window.finish(false));
  CHECK(nlohmann::json::parse(**window.finish(true)).at("count") == 1);
}

TEST_CASE("a window is refused as soon as it is sure to be too large, not at the end of the thread") {
  window_reply window(last(0));
  const std::string text(100'000, 'x');
  std::uint64_t seq = 1'000'000;
  for (int pages = 0; pages < 100; ++pages) {
    for (int i = 0; i < 8; ++i) REQUIRE(window.add_older(message(--seq, text)));
    const auto reply = window.finish(false);
    if (reply) continue;
    CHECK(reply.error().type == "window_too_large");
    CHECK(pages < 15);
    return;
  }
  FAIL("it went on");
}
