// Who counts: what an entry says, how many of whom are enough, and what crosses members of different versions.
#include <catch2/catch.hpp>

#include <map>

#include "runtime/replication/accept_rule.hpp"
#include "runtime/replication/member.hpp"
#include "runtime/replication/message_codec.hpp"
#include "tests/runtime/replication_records.hpp"

using namespace ropewalk;
using namespace ropewalk::replication;

namespace {

entry_ptr members_entry(std::uint64_t epoch, const chain_point& after, std::string body) {
  auto e = std::make_shared<entry>(*test_entry(epoch, after, entity_kind::partition, std::move(body)));
  e->event.type = "members";
  e->event.version = 1;
  e->hash = record_hash(*e);
  return e;
}

record members_record(std::uint64_t epoch, const chain_point& base, std::string body) {
  record r;
  r.kind = record_kind::members;
  r.epoch = epoch;
  r.owner = "n1";
  r.base = base;
  r.entries = {members_entry(epoch, base, std::move(body))};
  return r;
}

const char* const three = R"({"level":1,"members":["n1","n2","n3"],"guaranteed_peers":1})";

// A member that follows generation 1 from its start, and the op with which records come.
struct follower {
  no_chain chain;
  member m;
  std::uint64_t op = 0;
  chain_point head;
  follower() : m(settings(), standing_disk(), chain, {0, {}}) {
    m.receive({1, {}}, {"n2", 1, 0, beat{1, 1, 1, {}, {}}});
    for (const effect& e : m.take_effects())
      if (const auto* f = std::get_if<follow_stream>(&e)) op = f->op;
    give(1, owned_record(record_kind::genesis, 1, {}));
  }
  static member_settings settings() {
    member_settings s;
    s.self = "n1";
    s.members = {{"n1", "n2", "n3"}, 1};
    s.hash_of = record_hash;
    return s;
  }
  static durable_state standing_disk() {
    durable_state d;
    d.standing = {1, true};
    return d;
  }
  void give(std::uint64_t sequence, const record& r) {
    m.stream_record({2, {}}, op, sequence, {}, std::make_shared<const record>(r));
    if (!r.entries.empty()) head = point_of(*r.entries.back());
  }
};

} // namespace

TEST_CASE("what an entry says of the members comes back as it was") {
  configuration c;
  c.index = 7;
  c.version = 3;
  c.now = {{"n1", "n2", "n3"}, 1};
  CHECK(members_body(c) == three);
  c.next = voters{{"n1", "n2", "n3", "n4"}, 2};
  c.level = 1;
  entry e;
  e.index = 7;
  e.event.version = 3;
  e.event.body = members_body(c);
  const auto back = read_members(e);
  REQUIRE(back);
  CHECK(*back == c);
  CHECK(back->all() == std::vector<member_name>{"n1", "n2", "n3", "n4"});
  CHECK_FALSE(back->now.has("n4"));
  CHECK(back->keeps("n4"));
}

TEST_CASE("an entry that names no members one can count is malformed") {
  const auto refused = [](std::string body) {
    entry e;
    e.event.body = std::move(body);
    const auto read = read_members(e);
    return !read && read.error().type == "malformed_members";
  };
  CHECK(refused(""));
  CHECK(refused("[]"));
  CHECK(refused(R"({"members":["n1"],"guaranteed_peers":0})"));
  CHECK(refused(R"({"level":0,"members":["n1"],"guaranteed_peers":0})"));
  CHECK(refused(R"({"level":1,"members":[],"guaranteed_peers":0})"));
  CHECK(refused(R"({"level":1,"members":["n1"],"guaranteed_peers":1})"));
  CHECK(refused(R"({"level":1,"members":["n1","n1"],"guaranteed_peers":1})"));
  CHECK(refused(R"({"level":1,"members":["n.1"],"guaranteed_peers":0})"));
  CHECK(refused(R"({"level":1,"members":["n1",2],"guaranteed_peers":0})"));
  CHECK(refused(R"({"level":1,"members":["n1"],"guaranteed_peers":0,"next":7})"));
  CHECK(refused(
      R"({"level":1,"members":["a","b","c","d","e","f","g","h","i","j","k","l","m","n","o","p","q"],"guaranteed_peers":1})"));
  CHECK_FALSE(refused(R"({"level":1,"members":["n1"],"guaranteed_peers":0})"));
}

TEST_CASE("of one list a takeover meets every commit, every other takeover and every question of a new disk") {
  for (std::uint32_t count = 1; count <= members_max; ++count)
    for (std::uint32_t peers = 0; peers < count; ++peers) {
      voters v;
      for (std::uint32_t i = 0; i < count; ++i) v.names.push_back("n" + std::to_string(i));
      v.guaranteed_peers = peers;
      CHECK(v.promises() + peers + 1 > count);
      CHECK(2 * v.promises() > count);
      CHECK(v.promises() <= count);
      CHECK(v.answers() + v.promises() > count);
    }
}

TEST_CASE("N follows the count of members where it was half of them, and else stays below it") {
  const auto then = [](voters v, bool add) {
    return wished(v, {add, add ? "new" : v.names.back(), {}}).guaranteed_peers;
  };
  CHECK(then({{"a"}, 0}, true) == 1);
  CHECK(then({{"a", "b"}, 1}, true) == 1);
  CHECK(then({{"a", "b", "c"}, 1}, true) == 2);
  CHECK(then({{"a", "b", "c"}, 2}, true) == 2);
  CHECK(then({{"a", "b", "c"}, 1}, false) == 1);
  CHECK(then({{"a", "b"}, 1}, false) == 0);
  CHECK(then({{"a", "b", "c", "d", "e"}, 1}, false) == 1);
  CHECK(then({{"a", "b", "c", "d", "e"}, 4}, false) == 3);
  CHECK(wished({{"a", "b", "c"}, 1}, {true, "d", 1}).guaranteed_peers == 1);
  CHECK(wished({{"a", "b"}, 1}, {true, "b", {}}) == voters{{"a", "b"}, 1});
}

TEST_CASE("a record of members goes on as DATA does, and only it names them") {
  stream_fold fold{1, false, false, {}};
  REQUIRE(follow(fold, owned_record(record_kind::genesis, 1, {}), record_hash) == verdict::accepted);
  const chain_point base = fold.head;
  CHECK(follow(fold, members_record(2, base, three), record_hash) == verdict::stale_epoch);
  CHECK(follow(fold, members_record(1, base, "{}"), record_hash) == verdict::malformed);
  record as_data = members_record(1, base, three);
  as_data.kind = record_kind::data;
  CHECK(follow(fold, as_data, record_hash) == verdict::malformed);
  record as_open = members_record(2, base, three);
  as_open.kind = record_kind::open;
  CHECK(follow(fold, as_open, record_hash) == verdict::malformed);
  CHECK(fold.head == base);
  CHECK(follow(fold, members_record(1, base, three), record_hash) == verdict::accepted);
  CHECK(fold.head.index == 2);
}

TEST_CASE("a member counts by the newest list of its chain, written to the disk with the entry that says it") {
  follower f;
  CHECK(f.m.members().index == 0);
  CHECK(f.m.members().now.names.size() == 3);
  (void)f.m.take_effects();
  f.give(2, members_record(1, f.head, R"({"level":1,"members":["n2","n3"],"guaranteed_peers":1})"));
  CHECK(f.m.members().index == 2);
  CHECK_FALSE(f.m.was_removed()); // nothing in the chain had named it
  CHECK(std::string(f.m.stage_name()) == "learning");
  bool written = false;
  for (const effect& e : f.m.take_effects())
    if (const auto* c = std::get_if<change>(&e)) {
      REQUIRE(c->configurations);
      REQUIRE(c->configurations->size() == 1);
      CHECK(c->configurations->front().now.names == std::vector<member_name>{"n2", "n3"});
      CHECK(c->adopted->accepted.index == 2);
      written = true;
    }
  CHECK(written);
}

TEST_CASE("a member whose program is too old for the chain stops before it, and its disk is as it was") {
  follower f;
  (void)f.m.take_effects();
  f.give(2, members_record(1, f.head, R"({"level":9,"members":["n1","n2","n3"],"guaranteed_peers":1})"));
  bool told = false;
  for (const effect& e : f.m.take_effects()) {
    CHECK_FALSE(std::holds_alternative<change>(e));
    if (const auto* t = std::get_if<program_too_old>(&e)) {
      CHECK(t->why == "entry 2 of partition 0 brings level 9, this program knows level 1");
      told = true;
    }
  }
  CHECK(told);
  CHECK(f.m.accepted().index == 1);
  CHECK(std::string(f.m.stage_name()) == "stopped");
  f.give(3, data(1, f.head, 1));
  f.m.receive({3, {}}, {"n2", 1, 0, prepare{5, 0, {}}});
  f.m.tick({60'000'000, {}});
  CHECK(f.m.take_effects().empty());
}

TEST_CASE("what an operator wants of a partition goes along with the messages that say whose it is") {
  const auto back = [](message_body body) {
    auto decoded = decode_message(encode(partition_id{3}, {"n1", 5, 6, std::move(body)}));
    REQUIRE(decoded);
    return decoded->what.body;
  };
  for (const bool yes : {false, true}) {
    CHECK(std::get<release>(back(release{4, {}, yes})).moved == yes);
    const auto answer = std::get<beat_answer>(back(beat_answer{4, 17, {}, {}, 3, yes}));
    CHECK(answer.resting == yes);
    CHECK(answer.level == 3);
  }
}

TEST_CASE("a message keeps what later formats added, and passes over what it does not know") {
  prepare p{7, 3, {}};
  p.members.index = 9;
  p.members.version = 2;
  p.members.now = {{"n1", "n2"}, 1};
  p.members.next = voters{{"n1", "n2", "n3"}, 1};
  const std::string bytes = encode(partition_id{3}, {"n1", 5, 6, p});
  const auto back = decode_message(bytes);
  REQUIRE(back);
  CHECK(std::get<prepare>(back->what.body).members == p.members);
  CHECK(std::get<prepare>(back->what.body).released == 3);

  std::string later = bytes;
  later += '\x2a'; // an extra of a program to come: tag, length, bytes
  later += std::string("\x03\x00\x00\x00new", 7);
  const auto known = decode_message(later);
  REQUIRE(known);
  CHECK(std::get<prepare>(known->what.body).members == p.members);

  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto cut = decode_message(std::string_view(bytes).substr(0, n));
    if (cut)
      CHECK(std::get<prepare>(cut->what.body).members.now.names.empty()); // without the extra: as format 1 has it
  }
  std::string newer = bytes;
  newer[3] = 3;
  CHECK(decode_message(newer).error().type == "newer_message");
  CHECK(decode_message(newer).error().detail.find("format 3") != std::string::npos);
}

TEST_CASE("a message of format 1 is read by a program of today") {
  std::string bytes = encode(partition_id{3}, {"n1", 5, 6, prepare{7, 3, {}}});
  REQUIRE(bytes[3] == 2);
  bytes[3] = 1; // nothing was added to it
  const auto old = decode_message(bytes);
  REQUIRE(old);
  CHECK(std::get<prepare>(old->what.body).epoch == 7);
  CHECK(std::get<prepare>(old->what.body).members.now.names.empty());
}
