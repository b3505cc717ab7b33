#include <catch2/catch.hpp>

#include "runtime/thread/machine.hpp"
#include "runtime/thread/replies.hpp"

namespace ropewalk::thread { // where fork, write and close are the thread's, not POSIX's
namespace {

// Drives a state the way an entity does: decide, then apply what was decided.
struct driven_thread {
  entity_key who{"acme", entity_kind::thread, "t1"};
  thread_state state;
  std::int64_t now_us = 1'000'000'000'000'000;
  thread_defaults defaults;

  result<decision> try_(const command& c, const facts& known = {}, const std::string& key = {}) {
    ++now_us;
    auto d = decide(who, state, c, known, defaults, {instant{now_us}, 1, 2}, !key.empty());
    if (!d) return d;
    bool first = true;
    for (const event& e : d->events) {
      entry_draft draft{std::string(type_of(e)), body_of(e), state.version + 1, instant{now_us}, {}};
      if (first && !key.empty())
        draft.idempotency = idempotency_record{key, {}, static_cast<std::uint32_t>(d->events.size())};
      first = false;
      recorded.push_back(draft);
      apply_drafted(state, e, draft);
    }
    return d;
  }
  decision must(const command& c, const facts& known = {}, const std::string& key = {}) {
    auto d = try_(c, known, key);
    if (!d) FAIL(d.error().type << ": " << d.error().detail);
    return *std::move(d);
  }
  std::vector<entry_draft> recorded;
};

command text(std::string content, role r = role::user) {
  message_draft draft;
  draft.author = r;
  draft.content_json = '"' + content + '"';
  return write{append{{draft}, {}, false}};
}

} // namespace

TEST_CASE("a thread that was not created refuses everything but create") {
  driven_thread t;
  auto refused = t.try_(text("hi"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::not_found);
  CHECK(refused.error().type == "thread_not_found");
}

TEST_CASE("create a second time is a conflict, with if_absent it answers the thread") {
  driven_thread t;
  create c;
  c.name = "one";
  t.must(write{c});
  CHECK(t.try_(write{c}).error().type == "thread_exists");
  c.if_absent = true;
  const auto again = t.must(write{c});
  CHECK(again.events.empty());
  CHECK(again.reply.find("\"created\":false") != std::string::npos);
}

TEST_CASE("appended messages get consecutive seqs") {
  driven_thread t;
  t.must(write{create{}});
  CHECK(t.must(text("a")).reply.find("\"seq\":1") != std::string::npos);
  CHECK(t.must(text("b")).reply.find("\"seq\":2") != std::string::npos);
  CHECK(t.state.messages.count() == 2);
}

TEST_CASE("expected_seq that is not the last seq changes nothing") {
  driven_thread t;
  t.must(write{create{}});
  t.must(text("a"));
  append a{{message_draft{}}, 0, false};
  a.messages[0].content_json = "\"x\"";
  CHECK(t.try_(write{a}).error().type == "seq_mismatch");
  CHECK(t.state.messages.count() == 1);
  a.expected_seq = 1;
  CHECK(t.try_(write{a}));
}

TEST_CASE("a suspended thread refuses changes of messages and takes them again after resume") {
  driven_thread t;
  t.must(write{create{}});
  t.must(write{suspend{"audit"}});
  CHECK(t.try_(text("a")).error().type == "thread_suspended");
  CHECK(t.try_(write{clear{}}).error().type == "thread_suspended");
  t.must(write{resume{}});
  CHECK(t.try_(text("a")));
}

TEST_CASE("a closed thread cannot be reopened, appended to or suspended") {
  driven_thread t;
  t.must(write{create{}});
  t.must(write{thread::close{"done"}});
  CHECK(t.try_(write{resume{}}).error().type == "thread_closed");
  CHECK(t.try_(write{suspend{}}).error().type == "thread_closed");
  CHECK(t.try_(text("a")).error().type == "thread_closed");
}

TEST_CASE("an append beyond max_messages trims the oldest and says so") {
  driven_thread t;
  create c;
  c.limits.max_messages = 2;
  t.must(write{c});
  t.must(text("a"));
  t.must(text("b"));
  const auto third = t.must(text("c"));
  CHECK(third.reply.find("\"first_seq\":2") != std::string::npos);
  CHECK(t.state.messages.count() == 2);
}

TEST_CASE("a thread whose limit is full of system messages refuses more") {
  driven_thread t;
  create c;
  c.limits.max_messages = 1;
  t.must(write{c});
  t.must(text("rules", role::system));
  CHECK(t.try_(text("hi")).error().type == "thread_full");
  CHECK(t.state.messages.count() == 1);
}

TEST_CASE("the same client-chosen id twice in a batch is a conflict, and nothing of the batch stays") {
  driven_thread t;
  t.must(write{create{}});
  message_draft m;
  m.content_json = "\"x\"";
  m.id = "mine";
  CHECK(t.try_(write{append{{m, m}, {}, true}}).error().type == "message_exists");
  CHECK(t.state.messages.count() == 0);
  CHECK(t.try_(write{append{{m}, {}, true}}, facts{{}, {"mine"}, {}}).error().type == "message_exists");
}

TEST_CASE("a deleted thread is not found, and can be made again with its seqs going on") {
  driven_thread t;
  t.must(write{create{}});
  t.must(text("a"));
  t.must(write{remove_thread{"gdpr"}});
  CHECK(t.try_(text("b")).error().type == "thread_not_found");
  t.must(write{create{}});
  CHECK(t.state.messages.count() == 0);
  CHECK(t.must(text("b")).reply.find("\"seq\":2") != std::string::npos);
}

TEST_CASE("an edit counts the revision up, keeps what it does not name and checks expected_revision") {
  driven_thread t;
  t.must(write{create{}});
  message_draft m;
  m.content_json = "\"draft\"";
  m.metadata_json = R"({"k":1.50})";
  const auto made = t.must(write{append{{m}, {}, false}});
  const std::string stored = std::get<appended>(made.events[0]).message_json;
  edit e;
  e.message.seq = 1;
  e.content_json = "\"final\"";
  e.expected_revision = 2;
  CHECK(t.try_(write{e}, facts{stored, {}, {}}).error().type == "revision_mismatch");
  e.expected_revision = 1;
  const auto changed = t.must(write{e}, facts{stored, {}, {}});
  const std::string after = std::get<edited>(changed.events[0]).message_json;
  CHECK(after.find("\"revision\":2") != std::string::npos);
  CHECK(after.find(R"("metadata":{"k":1.50})") != std::string::npos);
  CHECK(after.find("\"content\":\"final\"") != std::string::npos);
}

TEST_CASE("removing a message that is not there is not found") {
  driven_thread t;
  t.must(write{create{}});
  remove_message r;
  r.message.seq = 4;
  CHECK(t.try_(write{r}).error().type == "message_not_found");
}

TEST_CASE("a keyed command's answer can be given again from its events alone") {
  driven_thread t;
  const auto made = t.must(write{create{}}, {}, "k1");
  CHECK(*recorded_reply(write{create{}}, made.events) == made.reply);
  const auto said = t.must(text("a"), {}, "k2");
  CHECK(*recorded_reply(std::get<write>(text("a")), said.events) == said.reply);
  const auto paused = t.must(write{suspend{"x"}}, {}, "k3");
  CHECK(*recorded_reply(write{suspend{"x"}}, paused.events) == paused.reply);
  REQUIRE(t.state.keys.find("k3"));
  CHECK(t.state.keys.find("k3")->version == 4);
  CHECK(t.state.keys.find("k3")->entries == 2);
}

TEST_CASE("a keyed command that changes nothing still records its answer") {
  driven_thread t;
  t.must(write{create{}});
  const auto nothing = t.must(write{resume{}}, {}, "k");
  REQUIRE(nothing.events.size() == 1);
  CHECK(type_of(nothing.events[0]) == "noted");
}

TEST_CASE("a thread expires after its ttl of inactivity and not before") {
  driven_thread t;
  create c;
  c.limits.ttl_s = 10;
  t.must(write{c});
  t.must(text("a"));
  CHECK(wake_at(t.state)->us == t.state.updated_at.us + 10'000'000);
  t.now_us += 5'000'000;
  CHECK(t.must(wake{}).events.empty());
  t.now_us += 5'000'000;
  CHECK(type_of(t.must(wake{}).events.at(0)) == "deleted");
  CHECK_FALSE(wake_at(t.state).has_value());
}

TEST_CASE("a fork begins with what was live at its point and waits for the child") {
  driven_thread t;
  t.must(write{create{}});
  t.must(text("rules", role::system));
  const auto second = t.must(text("a"));
  t.must(text("b"));
  fork f;
  f.child_id = "t2";
  f.at = message_ref{2, {}};
  const auto forking = t.must(write{f}, facts{std::get<appended>(second.events[0]).message_json, {}, {}}, "key");
  CHECK(forking.reply_after_child == "t2");
  REQUIRE(forking.effects.size() == 1);
  const auto& start = std::get<start_fork>(forking.effects[0]);

  driven_thread child;
  child.who.id = "t2";
  const auto adopted = child.must(adopt_fork{"t1", start.header_json, start.at});
  CHECK(std::get<report_fork>(adopted.effects.at(0)).created);
  CHECK(child.state.messages.count() == 2);
  CHECK(child.state.messages.last_seq() == 2);
  CHECK(child.state.lineage.back().thread == "t1");
  CHECK(child.must(adopt_fork{"t1", start.header_json, start.at}).events.empty()); // told twice, done once

  CHECK(wake_at(t.state)->us == 0);
  t.must(settle_fork{"t2", true, ""});
  CHECK(t.state.forks.empty());
  CHECK_FALSE(wake_at(t.state).has_value());

  // Told once more when the child is gone already: it was made all the same, and others may have been forked from it.
  const auto created = [&] {
    const auto again = child.must(adopt_fork{"t1", start.header_json, start.at});
    CHECK(again.events.empty());
    return std::get<report_fork>(again.effects.at(0)).created;
  };
  child.must(write{remove_thread{""}});
  CHECK(created());
  child.state = *decode_state(encode_state(child.state));
  CHECK(created());
  child.must(write{create{}});
  CHECK_FALSE(created());
}

TEST_CASE("a fork whose child id is taken fails and forgets its key") {
  driven_thread t;
  t.must(write{create{}});
  const auto said = t.must(text("a"));
  fork f;
  f.child_id = "t2";
  t.must(write{f}, {}, "key");
  REQUIRE(t.state.keys.find("key"));
  driven_thread taken;
  taken.who.id = "t2";
  taken.must(write{create{}});
  const auto refused = taken.must(adopt_fork{"t1", t.state.forks[0].header_json, t.state.forks[0].at});
  const auto& report = std::get<report_fork>(refused.effects.at(0));
  CHECK_FALSE(report.created);
  t.must(settle_fork{"t2", false, report.reason});
  CHECK(t.state.keys.find("key") == nullptr);
  CHECK(t.state.forks.empty());
}

TEST_CASE("folding the recorded entries gives the same state as living through them (I11)") {
  driven_thread t;
  create c;
  c.limits.max_messages = 3;
  c.tags = {"a", "b"};
  t.must(write{c}, {}, "k1");
  t.must(text("rules", role::system), {}, "k2");
  for (int i = 0; i < 5; ++i) t.must(text("m" + std::to_string(i)));
  t.must(write{suspend{"x"}}, {}, "k3");
  t.must(write{resume{}});
  fork f;
  f.child_id = "t2";
  t.must(write{f}, {}, "k4");

  thread_state folded;
  for (const auto& draft : t.recorded) REQUIRE(apply_entry(folded, draft));
  CHECK(encode_state(folded) == encode_state(t.state));
  auto reloaded = decode_state(encode_state(t.state));
  REQUIRE(reloaded);
  CHECK(encode_state(*reloaded) == encode_state(t.state));
  CHECK(render_thread(t.who, *reloaded) == render_thread(t.who, t.state));
}

TEST_CASE("an entry that does not follow is corrupt, not applied") {
  thread_state s;
  CHECK(apply_entry(s, {"created", "{}", 2, {}, {}}).error().type == "version_gap");
  CHECK(apply_entry(s, {"created", "{}", 1, {}, {}}).error().code == errc::corrupt);
  CHECK(apply_entry(s, {"exploded", "{}", 1, {}, {}}).error().type == "unknown_event");
  CHECK(apply_entry(s, {"removed", R"({"seq":9,"id":"x"})", 1, {}, {}}).error().code == errc::corrupt);
  CHECK(s.version == 0);
}

} // namespace ropewalk::thread
