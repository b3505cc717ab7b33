// The node's budget of bytes that active entities hold in memory.

#include <nlohmann/json.hpp>

#include <thread>

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "tests/actors/entity_world.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

constexpr int threads = 40;

std::string id_of(int i) { return "t" + std::to_string(i); }

thread::command append_text(const std::string& text) {
  thread::message_draft m;
  m.author = thread::role::user;
  append_json_string(m.content_json = "", text);
  thread::append a;
  a.messages.push_back(std::move(m));
  return thread::write{std::move(a)};
}

nlohmann::json messages(entity_world& w, const std::string& id) {
  const answer a = w.ask(thread_key(id), thread::read{thread::read_messages{}});
  INFO((a.refusal ? a.refusal->detail : a.body));
  REQUIRE_FALSE(a.refusal);
  return nlohmann::json::parse(a.body).at("messages");
}

} // namespace

TEST_CASE("what entities hold is counted, and those longest unused leave when it is too much") {
  entity_world w;
  constexpr std::size_t size = 10'000;
  for (int i = 0; i < threads; ++i) {
    REQUIRE_FALSE(w.ask(thread_key(id_of(i)), thread::command{thread::write{thread::create{}}}).refusal);
    REQUIRE_FALSE(w.ask(thread_key(id_of(i)), append_text(std::string(size, 'x'))).refusal);
  }
  CHECK(w.active == threads);
  REQUIRE(eventually([&] { return w.env.held_bytes >= threads * size; }));
  CHECK(w.env.held_bytes < threads * size * 2);

  // As if others held so much that every entity of this size is one too many.
  w.env.held_bytes += 100 * limits::held_bytes;
  REQUIRE(eventually([&] { return w.active == 0; }));
  w.env.held_bytes -= 100 * limits::held_bytes;
  CHECK(eventually([&] { return w.env.held_bytes == 0; })); // their actors end after they were let go

  for (int i = 0; i < threads; ++i) {
    const auto page = messages(w, id_of(i));
    REQUIRE(page.size() == 1);
    CHECK(page[0]["content"] == std::string(size, 'x'));
  }
  CHECK(w.active == threads);
  std::this_thread::sleep_for(std::chrono::milliseconds(2500)); // two looks: within the budget nobody leaves
  CHECK(w.active == threads);
}
