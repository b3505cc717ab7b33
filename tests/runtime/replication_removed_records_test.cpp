// What an owner does about records of its own that its stream stored and removed again (ADR 18).
#include <catch2/catch.hpp>

#include <algorithm>

#include "runtime/replication/member.hpp"
#include "tests/runtime/replication_records.hpp"

using namespace ropewalk;
using namespace ropewalk::replication;

namespace {

// A cluster of one member, whose disk is at once and whose stream the test plays.
class lone_owner {
public:
  lone_owner() : m_(settings(), disk(), chain_, {0, {}}) {
    for (int i = 0; i < 200 && !m_.serving(); ++i) pass(50'000);
    REQUIRE(m_.serving());
  }
  member& m() { return m_; }
  std::uint64_t end() const { return records_.size(); }

  // Time goes on with ticks every 50 ms. Each publish is declined while removed_next has a value.
  void pass(std::int64_t us) {
    for (const std::int64_t until = now_us_ + us; now_us_ < until;) {
      now_us_ += 50'000;
      m_.heard_self(now());
      m_.tick(now());
      play();
    }
  }
  void place(const std::string& body) {
    const auto e = test_entry(m_.epoch(), m_.head(), entity_kind::thread, body);
    REQUIRE(m_.prepared(now(), {e}));
    m_.stored(now(), point_of(*e));
    play();
  }

  void read(std::uint64_t id, std::uint64_t upto = member::all) {
    m_.read(now(), id, upto);
    play();
  }

  std::vector<std::uint64_t> stands;            // reads, so far
  std::optional<publish_outcome> declined_with; // what is published; unset: it is stored
  stream_facts at_end;                          // what is said of the stream's end beside that: removed ones
  std::vector<std::uint64_t> published;         // behind which sequence, all so far
  std::size_t inspected = 0;

private:
  static member_settings settings() {
    member_settings s;
    s.self = "n1";
    s.members = {{"n1"}, 0};
    s.hash_of = record_hash;
    return s;
  }
  static durable_state disk() {
    durable_state d;
    d.standing = {1, true};
    return d;
  }
  step_time now() const { return {now_us_, {}}; }
  static digest bytes_of(std::uint64_t sequence) { return {static_cast<std::uint8_t>(sequence), 1}; }

  void play() {
    for (auto all = m_.take_effects(); !all.empty(); all = m_.take_effects())
      for (const effect& e : all) {
        if (const auto* c = std::get_if<change>(&e)) {
          if (c->adopted)
            chain_.entries.insert(chain_.entries.end(), c->adopted->entries.begin(), c->adopted->entries.end());
          m_.changed(now(), c->op);
        }
        if (const auto* r = std::get_if<read_stands>(&e)) stands.push_back(r->read);
        if (const auto* l = std::get_if<list_streams>(&e)) m_.listed(now(), l->op, true, {});
        if (const auto* c = std::get_if<create_stream>(&e)) m_.created(now(), c->op, stream_change::done);
        if (const auto* i = std::get_if<inspect_stream>(&e)) inspect(*i);
        if (const auto* f = std::get_if<follow_stream>(&e)) follow(*f);
        if (const auto* p = std::get_if<publish_record>(&e)) publish(*p);
      }
  }
  void publish(const publish_record& p) {
    published.push_back(p.expected);
    if (declined_with) return m_.published(now(), p.op, *declined_with, {});
    for (; at_end.removed > 0; --at_end.removed) records_.push_back(nullptr);
    if (p.expected != records_.size())
      return m_.published(now(), p.op, {publish_outcome::kind::refused, records_.size()}, {});
    records_.push_back(p.what);
    m_.published(now(), p.op, {publish_outcome::kind::stored, records_.size()}, bytes_of(records_.size()));
  }
  void inspect(const inspect_stream& i) {
    ++inspected;
    m_.inspected(now(), i.op, {stream_facts::kind::present, 1, records_.size() + at_end.removed, at_end.removed});
  }
  void follow(const follow_stream& f) {
    for (std::uint64_t n = f.from; n <= records_.size(); ++n)
      if (records_[n - 1]) m_.stream_record(now(), f.op, n, bytes_of(n), records_[n - 1]);
  }

  std::int64_t now_us_ = 0;
  chain_in_memory chain_;
  member m_;
  std::vector<std::shared_ptr<const record>> records_; // null: removed again
};

publish_outcome declined(bool removed) {
  publish_outcome o;
  o.declined = true;
  o.removed = removed;
  return o;
}

} // namespace

TEST_CASE("a record that was declined is sent again after two seconds, and not before") {
  lone_owner o;
  const std::uint64_t end = o.end();
  o.declined_with = declined(false);
  o.place("one");
  const std::size_t sent = o.published.size();
  o.pass(1'900'000);
  CHECK(o.inspected == 0);
  CHECK(o.published.size() == sent);
  o.pass(200'000);
  CHECK(o.inspected == 1);
  REQUIRE(o.published.size() == sent + 1);
  CHECK(o.published.back() == end); // nothing was there
  o.declined_with.reset();
  o.pass(2'500'000);
  CHECK(o.end() == end + 1);
  CHECK(o.m().serving());
}

TEST_CASE("a read waits for what it shows alone, and not longer than somebody waits for it") {
  lone_owner o;
  o.place("committed");
  const std::uint64_t committed = o.m().head().index;
  o.declined_with = declined(false);
  o.place("not yet");
  o.read(1, committed);
  CHECK(o.stands == std::vector<std::uint64_t>{1});
  o.read(2);
  o.read(3, committed + 1);
  o.read(4);
  CHECK(o.stands.size() == 1);
  o.m().forget_reads({2});
  o.declined_with.reset();
  o.pass(3'000'000);
  CHECK(o.stands.size() == 3);
  CHECK(std::count(o.stands.begin(), o.stands.end(), 2) == 0);
}

TEST_CASE(
    "an owner goes on behind records of its own that were removed, one after the other, and serves all the time") {
  lone_owner o;
  const std::uint64_t end = o.end();
  o.declined_with = declined(true);
  o.place("one");
  for (std::uint64_t gone = 1; gone <= 3; ++gone) {
    o.at_end.removed = gone;
    o.pass(2'200'000);
    CHECK(o.published.back() == end + gone);
    CHECK(o.m().serving());
  }
  o.at_end.removed = 4;
  o.declined_with.reset();
  o.pass(2'200'000);
  CHECK(o.published.back() == end + 4);
  CHECK(o.end() == end + 5);
  o.place("two"); // behind it as ever
  CHECK(o.published.back() == end + 5);
  CHECK(o.m().serving());
  CHECK(o.m().accepted().index == o.m().head().index);
}

TEST_CASE("an owner does not go on behind what somebody else may have had there: it takes over from itself") {
  lone_owner o;
  const std::uint64_t epoch = o.m().epoch();
  SECTION("more is gone than it sent") {
    o.declined_with = declined(true);
    o.at_end.removed = 2;
  }
  SECTION("what it sent was not removed") {
    o.declined_with = declined(false);
    o.at_end.removed = 1;
  }
  o.place("one");
  const std::size_t sent = o.published.size();
  o.pass(2'100'000);
  CHECK(o.published.size() >= sent);
  CHECK(o.m().promised().epoch > epoch);
}
