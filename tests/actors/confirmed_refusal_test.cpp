// In a cluster a refusal that shows an entity's state is heard when its owner's reads stand, as an answer is.

#include <functional>
#include <string>
#include <vector>

#include "tests/actors/entity_world.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

// Reads of a member that stand, or fail, when the test says so.
class held_reads final : public actors::replicated_reads {
public:
  void read(partition_id, std::uint64_t, ack_level, std::unique_ptr<storage::commit_listener> listener,
            std::uint64_t) override {
    const std::scoped_lock lock(mutex_);
    held_.push_back(std::move(listener));
  }
  bool stream_is_behind(partition_id) const override { return behind; }
  std::atomic<bool> behind = false;
  std::size_t held() {
    const std::scoped_lock lock(mutex_);
    return held_.size();
  }
  void stand() {
    for (auto& l : taken()) l->on_durable({}, {});
  }
  void fail() {
    for (auto& l : taken()) l->on_failed({errc::unavailable, "no_lease", "somebody else may own it", {}});
  }

private:
  std::vector<std::unique_ptr<storage::commit_listener>> taken() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(held_, {});
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<storage::commit_listener>> held_;
};

thread::command hello(std::optional<std::uint64_t> expected_seq = {}) {
  thread::message_draft m;
  m.author = thread::role::user;
  m.content_json = "\"hello\"";
  thread::append a;
  a.messages.push_back(std::move(m));
  a.expected_seq = expected_seq;
  return thread::write{std::move(a)};
}

struct refused_case {
  std::string type;
  std::function<std::string(entity_world&)> ask; // the reply subject
};

const refused_case refused_by_state[] = {
    {"thread_not_found",
     [](entity_world& w) { return w.send(thread_key("none"), thread::read{thread::read_messages{}}); }},
    {"thread_not_found", [](entity_world& w) { return w.send(thread_key("none"), hello()); }},
    {"seq_mismatch", [](entity_world& w) { return w.send(thread_key("some"), hello(7)); }},
    {"workflow_not_found",
     [](entity_world& w) {
       return w.send({"acme", entity_kind::workflow, "none"}, workflow::read{workflow::get{}});
     }},
    {"schedule_not_found",
     [](entity_world& w) {
       return w.send({"acme", entity_kind::schedule, "none"}, schedule::get{0});
     }},
    {"definition_not_found",
     [](entity_world& w) {
       return w.send({"acme", entity_kind::definition, "none"}, workflow::get_definition{});
     }},
};

} // namespace

TEST_CASE("what follows from a state is refused when it is known to be the owner's") {
  for (const bool stands : {true, false})
    for (const refused_case& c : refused_by_state) {
      CAPTURE(c.type, stands);
      held_reads member;
      entity_world w;
      REQUIRE_FALSE(w.ask(thread_key("some"), thread::command{thread::write{thread::create{}}}).refusal);
      w.env.replicated = &member;
      const std::string asked = c.ask(w);
      REQUIRE(eventually([&] { return member.held() == 1; }));
      CHECK_FALSE(w.answers.has(asked));
      if (stands) member.stand();
      else member.fail();
      const answer a = w.answers.wait(asked);
      REQUIRE(a.refusal);
      CHECK(a.refusal->type == (stands ? c.type : "no_lease"));
    }
}

TEST_CASE(
    "while too much waits for the stream clients' writes are refused, repeats and what the runtime asks are not") {
  held_reads member;
  entity_world w;
  REQUIRE_FALSE(w.ask(thread_key("some"), thread::command{thread::write{thread::create{}}}).refusal);
  w.env.replicated = &member;
  member.behind = true;
  const answer refused = w.ask(thread_key("some"), hello());
  REQUIRE(refused.refusal);
  CHECK(refused.refusal->type == "stream_behind");
  CHECK(retryable(refused.refusal->code));
  w.tell(thread_key("some"), hello());
  const std::string read = w.send(thread_key("some"), thread::read{thread::read_messages{}});
  REQUIRE(eventually([&] {
    member.stand();
    return w.answers.has(read);
  }));
  CHECK(w.answers.wait(read).body.find("hello") != std::string::npos);
}
