// A member that has a part of a chain and no place in its stream, as one whose disk was put back while it learned, or that gave up
// what it had wrong.
#include <catch2/catch.hpp>

#include <algorithm>

#include "runtime/replication/member.hpp"
#include "tests/runtime/replication_records.hpp"

using namespace ropewalk;
using namespace ropewalk::replication;

namespace {

template <class Effect>
std::vector<Effect> effects_of(const std::vector<effect>& all) {
  std::vector<Effect> found;
  for (const effect& e : all)
    if (const auto* one = std::get_if<Effect>(&e)) found.push_back(*one);
  return found;
}

member_settings first_of_three() {
  member_settings settings;
  settings.self = "n1";
  settings.members = {{"n1", "n2", "n3"}, 1};
  settings.partition = partition_id{3};
  settings.hash_of = record_hash;
  return settings;
}

} // namespace

TEST_CASE("who wrote the stream's beginning itself, and has no place in it any more, asks another member for what follows") {
  const record genesis = owned_record(record_kind::genesis, 1, {}); // of n1
  const record more = data(1, point_of(*genesis.entries.front()), 4);
  chain_in_memory chain;
  chain.entries = {genesis.entries.front(), more.entries[0], more.entries[1]};
  durable_state disk;
  disk.standing = {7, false};
  disk.promised = {1, "n1"};
  disk.accepted = point_of(*chain.entries.back());
  member m(first_of_three(), disk, chain, {});
  (void)m.take_effects();

  m.receive({1000, {}}, {"n2", 1, 0, beat{2, 1, 500, {}, {}}});
  const auto first = m.take_effects();
  for (const change& c : effects_of<change>(first)) m.changed({1500, {}}, c.op); // that it knows n2's disk
  const auto follows = effects_of<follow_stream>(first);
  REQUIRE(follows.size() == 1);
  CHECK(follows[0].from == 1);
  m.stream_record({2000, {}}, follows[0].op, 1, digest{1}, std::make_shared<const record>(genesis));
  const auto sent = effects_of<send_message>(m.take_effects());
  const auto asks = std::find_if(sent.begin(), sent.end(), [](const send_message& s) {
    return std::holds_alternative<fetch>(s.what.body);
  });
  REQUIRE(asks != sent.end());
  CHECK(asks->to != "n1");
  CHECK(std::get<fetch>(asks->what.body).probes.front() == disk.accepted);
}

TEST_CASE("who would begin alone looks for streams first, and begins nothing where there are some") {
  chain_in_memory chain;
  durable_state disk;
  disk.standing = {7, false};
  member_settings settings;
  settings.self = "n1";
  settings.members = {{"n1"}, 0};
  settings.partition = partition_id{3};
  settings.hash_of = record_hash;
  member m(settings, disk, chain, {});
  std::int64_t now = 0;
  const auto asked = [&] {
    for (int i = 0; i < 10; ++i) {
      m.tick({now += settings.retry_us, {}});
      const auto all = m.take_effects();
      CHECK(effects_of<create_stream>(all).empty());
      for (const change& c : effects_of<change>(all)) {
        CHECK_FALSE((c.standing && c.standing->full));
        m.changed({now, {}}, c.op);
      }
      if (const auto lists = effects_of<list_streams>(all); !lists.empty()) return lists.back().op;
    }
    FAIL("it does not ask");
    return std::uint64_t{0};
  };
  m.listed({now, {}}, asked(), false, {}); // no answer is no leave
  CHECK(m.take_effects().empty());
  m.listed({now, {}}, asked(), true, {4});
  auto told = effects_of<cannot_go_on>(m.take_effects());
  REQUIRE(told.size() == 1);
  CHECK(told[0].why.find("write them into the cluster's file") != std::string::npos);
  m.listed({now, {}}, asked(), true, {4});
  CHECK(m.take_effects().empty()); // it is not told all the time
  m.listed({now, {}}, asked(), true, {});
  m.tick({now += settings.retry_us, {}});
  const auto stands = effects_of<change>(m.take_effects());
  REQUIRE(stands.size() == 1);
  CHECK(stands[0].standing->full);
}

TEST_CASE("a new disk whose file names members that are gone asks the owner that beats") {
  chain_in_memory chain;
  durable_state disk;
  disk.standing = {7, false};
  member_settings settings = first_of_three();
  member m(settings, disk, chain, {});
  std::vector<member_name> joined, fetched;
  std::int64_t now = 1000;
  const auto note = [&] {
    const auto all = m.take_effects();
    for (const change& c : effects_of<change>(all)) m.changed({now, {}}, c.op);
    for (const send_message& sent : effects_of<send_message>(all))
      (std::holds_alternative<fetch>(sent.what.body) ? fetched : joined).push_back(sent.to);
    for (const follow_stream& f : effects_of<follow_stream>(all)) m.stream_gap({now, {}}, f.op, 0);
  };
  for (int i = 0; i < 20; ++i) {
    m.receive({now, {}}, {"n4", 1, 0, beat{2, 1, now, {}, {}}});
    note();
    m.tick({now += settings.retry_us, {}});
    note();
  }
  for (const auto* asked : {&joined, &fetched})
    for (const char* who : {"n2", "n3", "n4"}) CHECK(std::find(asked->begin(), asked->end(), who) != asked->end());
}

TEST_CASE("what an owner wrote behind the end of a peer's chain is not cut off by that peer") {
  const record genesis = owned_record(record_kind::genesis, 1, {}); // of n1
  const record more = data(1, point_of(*genesis.entries.front()), 8);
  chain_in_memory chain;
  chain.entries = genesis.entries;
  chain.entries.insert(chain.entries.end(), more.entries.begin(), more.entries.end());
  durable_state disk;
  disk.standing = {7, true};
  disk.incarnations = {{"n1", 7}, {"n2", 1}, {"n3", 1}};
  disk.promised = {1, "n1"};
  disk.accepted = point_of(*chain.entries[1]);
  disk.position = {1, 2, digest{2}, false};
  disk.tail.assign(chain.entries.begin() + 2, chain.entries.end());
  member m(first_of_three(), disk, chain, {});
  const auto follows = effects_of<follow_stream>(m.take_effects());
  REQUIRE(follows.size() == 1);
  m.stream_gap({1000, {}}, follows[0].op, 0);
  m.tick({1000, {}});
  const auto asked = effects_of<send_message>(m.take_effects());
  REQUIRE(asked.size() == 1);
  const auto& question = std::get<fetch>(asked[0].what.body);
  std::vector<std::uint64_t> places;
  for (const chain_point& p : question.probes) places.push_back(p.index);
  CHECK(places == std::vector<std::uint64_t>{9, 8, 7, 5, 2, 1, 0}); // what is accepted among them

  chunk c;
  c.id = question.id;
  c.fork = c.accepted = point_of(*chain.entries[4]);
  c.position = {1, 5, digest{5}, false};
  c.whole = true;
  m.receive({2000, {}}, {asked[0].to, 1, 0, c});
  CHECK(m.accepted() == c.accepted);
  CHECK(m.head() == point_of(*chain.entries[8]));
  const auto changes = effects_of<change>(m.take_effects());
  REQUIRE(changes.size() == 1);
  REQUIRE(changes[0].adopted);
  CHECK(changes[0].adopted->keep_upto == 9);
}
