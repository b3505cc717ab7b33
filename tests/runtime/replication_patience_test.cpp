// How long a member waits for one that is silent before it takes over: the lease, and then by its place among those that are left.
#include <catch2/catch.hpp>

#include <algorithm>

#include "runtime/replication/member.hpp"
#include "tests/runtime/replication_records.hpp"

using namespace ropewalk;
using namespace ropewalk::replication;

namespace {

// One of n1, n2 and n3, who take over in this order; its disk is at once.
struct survivor {
  no_chain chain;
  member m;
  survivor(const member_name& self, std::uint64_t seed) : m(settings(self, seed), disk(), chain, {0, {}}) {}

  static member_settings settings(const member_name& self, std::uint64_t seed) {
    member_settings s;
    s.self = self;
    s.members = {{"n1", "n2", "n3"}, 1};
    s.hash_of = record_hash;
    s.seed = seed;
    return s;
  }
  static durable_state disk() {
    durable_state d;
    d.standing = {1, true};
    d.promised = {1, ""};
    return d;
  }
  void hear(std::int64_t us, const member_name& from, message_body what) {
    m.receive({us, {}}, {from, 1, 0, std::move(what)});
    (void)effects({us, {}});
  }
  bool takes_over(std::int64_t us) {
    m.heard_self({us, {}});
    m.tick({us, {}});
    return m.current_role() == member::role::campaigning;
  }
  bool asks(std::int64_t us, const member_name& whom) {
    m.tick({us, {}});
    const auto all = effects({us, {}});
    return std::any_of(all.begin(), all.end(), [&](const effect& e) {
      const auto* sent = std::get_if<send_message>(&e);
      return sent && sent->to == whom && std::holds_alternative<prepare>(sent->what.body);
    });
  }
  std::vector<effect> effects(step_time now) {
    std::vector<effect> all;
    for (auto more = m.take_effects(); !more.empty(); more = m.take_effects())
      for (effect& e : more) {
        if (const auto* c = std::get_if<change>(&e)) m.changed(now, c->op);
        all.push_back(std::move(e));
      }
    return all;
  }
};

const beat owner_beats{1, 1, 1, {}, {}};

void takes_over_between(const member_name& self, const member_name& silent, std::int64_t not_yet_us,
                        std::int64_t by_now_us) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    survivor s(self, seed);
    s.hear(1'000'000, silent, owner_beats);
    CHECK_FALSE(s.takes_over(not_yet_us));
    CHECK(s.takes_over(by_now_us));
  }
}

} // namespace

TEST_CASE("the first of those that are left takes over as soon as the lease is over, whoever was silent") {
  takes_over_between("n2", "n1", 4'000'000, 4'000'001);
  takes_over_between("n1", "n3", 4'000'000, 4'000'001);
}

TEST_CASE("the second of those that are left lets a stagger go by for the first one's question, and two at most") {
  takes_over_between("n3", "n1", 4'150'000, 4'300'000);
  takes_over_between("n2", "n3", 4'150'000, 4'300'000);
}

TEST_CASE("who rests lets all others go first, until an operator moves the partition there") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    survivor s("n2", seed);
    s.m.rest();
    s.hear(1'000'000, "n1", owner_beats);
    CHECK_FALSE(s.takes_over(4'300'000));
    CHECK(s.takes_over(4'450'000));
  }
  const auto last = owned_record(record_kind::genesis, 1, {}).entries.front();
  chain_in_memory chain({last});
  durable_state disk = survivor::disk();
  disk.accepted = point_of(*last);
  member m(survivor::settings("n2", 1), disk, chain, {0, {}});
  m.rest();
  m.receive({1'000'000, {}}, {"n1", 1, 0, owner_beats});
  m.receive({1'100'000, {}}, {"n1", 1, 0, release{1, disk.accepted, false}});
  CHECK(m.rests()); // it has it, as nobody else could
  member moved(survivor::settings("n2", 1), disk, chain, {0, {}});
  moved.rest();
  moved.receive({1'000'000, {}}, {"n1", 1, 0, owner_beats});
  moved.receive({1'100'000, {}}, {"n1", 1, 0, release{1, disk.accepted, true}});
  CHECK_FALSE(moved.rests());
  CHECK(moved.moved_here());

  // In one process it begins anew from its disk, say after a failed write: what operators wanted stands.
  member again(survivor::settings("n2", 1), disk, chain, {0, {}});
  again.keep_wishes(m.operators_wishes());
  CHECK(again.rests());
  CHECK_FALSE(again.moved_here());
  member moved_again(survivor::settings("n2", 1), disk, chain, {0, {}});
  moved_again.keep_wishes(moved.operators_wishes());
  CHECK_FALSE(moved_again.rests());
  CHECK(moved_again.moved_here());
}

TEST_CASE("whose views lag says so with each beat, and takes over like anybody else") {
  const auto last = owned_record(record_kind::genesis, 1, {}).entries.front();
  chain_in_memory chain({last});
  durable_state disk = survivor::disk();
  disk.accepted = point_of(*last);
  member m(survivor::settings("n2", 1), disk, chain, {0, {}});
  const auto says_so = [&] {
    (void)m.take_effects();
    m.receive({1'000'000, {}}, {"n1", 1, 0, owner_beats});
    for (const effect& e : m.take_effects())
      if (const auto* sent = std::get_if<send_message>(&e))
        if (const auto* answer = std::get_if<beat_answer>(&sent->what.body)) return answer->resting;
    FAIL("the beat has no answer");
    return false;
  };
  CHECK_FALSE(says_so());
  m.lags(true);
  CHECK(says_so());
  CHECK_FALSE(m.rests());
  m.lags(false);
  CHECK_FALSE(says_so());
}

TEST_CASE(
    "a candidate that nobody knows as a member asks the one that refused it for its chain, once nothing came of it") {
  survivor second("n2", 1);
  second.hear(1'000'000, "n1", owner_beats);
  REQUIRE(second.takes_over(4'000'001));
  (void)second.effects({4'000'001, {}});
  configuration without;
  without.now = {{"n1", "n3"}, 1};
  second.hear(4'001'000, "n3", refusal{2, 1, {}, without});
  const auto asks_for_chain = [&](std::int64_t us) {
    second.m.tick({us, {}});
    const auto all = second.effects({us, {}});
    return std::any_of(all.begin(), all.end(), [](const effect& e) {
      const auto* sent = std::get_if<send_message>(&e);
      return sent && sent->to == "n3" && std::holds_alternative<fetch>(sent->what.body);
    });
  };
  const std::int64_t over_us = 4'000'001 + member_settings{}.campaign_us;
  CHECK_FALSE(asks_for_chain(over_us)); // the others may know it yet
  CHECK(asks_for_chain(over_us + 1));
  CHECK(second.m.current_role() == member::role::following);
}

TEST_CASE("a candidate that has a promise and says no more comes last") {
  survivor second("n2", 1), third("n3", 1);
  for (survivor* s : {&second, &third}) {
    s->hear(4'060'000, "n1", prepare{2, 0, {}});
    CHECK(s->m.promised() == given_promise{2, "n1"});
  }
  CHECK_FALSE(second.takes_over(7'060'000));
  CHECK(second.takes_over(7'060'001));
  CHECK_FALSE(third.takes_over(7'210'000));
  CHECK(third.takes_over(7'360'000));
}

TEST_CASE("after a start nobody is left out: it may be the first one that starts") {
  survivor second("n2", 1);
  CHECK_FALSE(second.takes_over(3'150'000));
  CHECK(second.takes_over(3'300'000));
}

TEST_CASE("a lease that ends a moment later elsewhere is asked for again with the next tick, for as long as a beat may "
          "be late") {
  survivor second("n2", 1);
  second.hear(1'000'000, "n1", owner_beats);
  REQUIRE(second.takes_over(4'000'001));
  (void)second.effects({4'000'001, {}});
  const refusal leased{2, 1, {}, {}};
  second.hear(4'001'000, "n3", leased);
  CHECK(second.asks(4'050'000, "n3"));
  CHECK_FALSE(second.asks(4'100'000, "n3"));
  CHECK(second.asks(4'300'000, "n3"));
  CHECK(second.asks(4'550'000, "n3"));
  second.hear(4'551'000, "n3", leased);
  CHECK_FALSE(second.asks(4'600'000, "n3"));
  CHECK(second.asks(4'800'000, "n3"));
}

TEST_CASE("what an operator moved here stays here until another member owns it, whoever has to begin anew") {
  const auto last = owned_record(record_kind::genesis, 1, {}).entries.front();
  chain_in_memory chain({last});
  durable_state disk = survivor::disk();
  disk.accepted = point_of(*last);
  member m(survivor::settings("n2", 1), disk, chain, {0, {}});
  const auto hear = [&](std::int64_t us, message_body what) {
    m.receive({us, {}}, {"n1", 1, 0, std::move(what)});
    for (auto all = m.take_effects(); !all.empty(); all = m.take_effects())
      for (const effect& e : all)
        if (const auto* c = std::get_if<change>(&e)) m.changed({us, {}}, c->op);
  };
  hear(1'000'000, owner_beats);
  hear(1'100'000, release{1, disk.accepted, true});
  REQUIRE(m.current_role() == member::role::campaigning);
  CHECK(m.moved_here());
  hear(1'200'000, owner_beats); // on its way since before
  const std::uint64_t first = m.promised().epoch;
  for (std::int64_t us = 1'200'000; m.promised().epoch == first && us < 60'000'000; us += 50'000) {
    m.heard_self({us, {}});
    m.tick({us, {}});
    hear(us, refusal{0, 1, {}, {}});
  }
  CHECK(m.promised().epoch > first); // the first one came to nothing
  CHECK(m.moved_here());
  hear(60'100'000, beat{m.promised().epoch + 1, 1, 1, {}, {}});
  CHECK_FALSE(m.moved_here());
}
