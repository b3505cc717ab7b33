// What is left of an entity whose handler threw: all that the journal has, and nothing else.

#include <nlohmann/json.hpp>

#include "runtime/json_writer.hpp"
#include "tests/actors/entity_world.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

thread::command create() { return thread::write{thread::create{}}; }

thread::command append_once(const std::string& text) {
  thread::message_draft m;
  m.author = thread::role::user;
  append_json_string(m.content_json = "", text);
  thread::append a;
  a.messages.push_back(std::move(m));
  return thread::write{std::move(a)};
}

std::uint64_t seq_of(const answer& a) {
  INFO((a.refusal ? a.refusal->detail : a.body));
  REQUIRE_FALSE(a.refusal);
  return nlohmann::json::parse(a.body).at("seq");
}

} // namespace

TEST_CASE("an entity that crashes goes on from the journal, and the others never notice") {
  entity_world w;
  for (const char* id : {"a", "b"}) REQUIRE_FALSE(w.ask(thread_key(id), create()).refusal);
  std::vector<std::string> written;
  std::vector<std::pair<std::string, std::string>> sent; // subject, text
  for (int round = 0; round < 3; ++round) {
    // Those behind the crash are in the mailbox of the actor that ends: each is answered, this way or that.
    for (int i = 0; i < 20; ++i) {
      const std::string text = std::to_string(round) + "." + std::to_string(i);
      sent.emplace_back(w.send(thread_key("a"), append_once(text)), text);
      if (i == 7) CHECK(w.answers.wait(w.crash(thread_key("a"))).refusal);
    }
    CHECK(seq_of(w.ask(thread_key("b"), append_once("beside"))) == static_cast<std::uint64_t>(round) + 1);
    for (const auto& [to, text] : sent) {
      const answer a = w.answers.wait(to);
      if (!a.refusal) {
        REQUIRE(seq_of(a) == written.size() + 1);
        written.push_back(text);
      } else {
        CHECK(a.refusal->type == "dropped");
      }
    }
    sent.clear();
    // And what comes later waits for the pause.
    written.push_back("after " + std::to_string(round));
    CHECK(seq_of(w.ask(thread_key("a"), append_once(written.back()))) == written.size());
    CHECK(texts_of(w, "a") == written);
  }
  CHECK(written.size() >= 3 * 9);
  CHECK(w.failures.seen().empty());
  CHECK(w.answers.answered_twice().empty());
  w.stop();
  CHECK_FALSE(verified(w.dir.journal()).first_bad);
}

TEST_CASE("an entity that crashes again and again is parked, and says so") {
  entity_world w;
  for (const char* id : {"a", "b"}) REQUIRE_FALSE(w.ask(thread_key(id), create()).refusal);
  CHECK(seq_of(w.ask(thread_key("a"), append_once("kept"))) == 1);
  // A crash is told to the partition by message: others may still slip in before it, and be dropped as well.
  std::optional<error> refusal;
  for (int i = 0; i < 1000 && (!refusal || refusal->type == "dropped"); ++i)
    refusal = w.answers.wait(w.crash(thread_key("a"))).refusal;
  REQUIRE(refusal);
  CHECK(refusal->type == "entity_crashed");
  CHECK(refusal->code == errc::unavailable);
  CHECK(refusal->detail.find("variant") != std::string::npos);
  CHECK(seq_of(w.ask(thread_key("b"), append_once("beside"))) == 1);
}

TEST_CASE("a load that waits for the views is not shaken by a crash before it") {
  entity_world w;
  REQUIRE_FALSE(w.ask(thread_key("a"), create()).refusal);
  const std::string last = w.send(thread_key("a"), append_once("last words"));
  const std::string poison = w.crash(thread_key("a"));
  const std::string next = w.send(thread_key("a"), append_once("first words"));
  CHECK(seq_of(w.answers.wait(last)) == 1);
  CHECK(w.answers.wait(poison).refusal);
  const answer a = w.answers.wait(next);
  if (a.refusal) CHECK(a.refusal->type == "dropped");
  CHECK(texts_of(w, "a").front() == "last words");
}
