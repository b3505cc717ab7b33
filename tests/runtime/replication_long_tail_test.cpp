// A takeover that gathers what another member has beyond what was accepted, in more pieces than one.
#include <catch2/catch.hpp>

#include "runtime/overloaded.hpp"
#include "runtime/replication/member.hpp"
#include "tests/runtime/replication_records.hpp"

using namespace ropewalk;
using namespace ropewalk::replication;

namespace {

constexpr std::size_t accepted_entries = 10, all_entries = 60, piece_entries = 20;

// One of n1, n2 and n3; its disk and its streams are at once, and all streams are gone.
struct gathering_member {
  member_name name;
  chain_in_memory chain;
  member m;
  std::size_t pieces = SIZE_MAX; // that it sends before it dies
  bool reads_another_stream = false;
  gathering_member(const member_name& self, std::vector<entry_ptr> entries, std::size_t accepted = accepted_entries)
      : name(self), chain(std::move(entries), piece_entries), m(settings(self), disk(chain, accepted), chain, {0, {}}) {
  }

  static member_settings settings(const member_name& self) {
    member_settings s;
    s.self = self;
    s.members = {{"n1", "n2", "n3"}, 1};
    s.partition = partition_id{3};
    s.hash_of = record_hash;
    s.seed = 7;
    return s;
  }
  static durable_state disk(const chain_in_memory& chain, std::size_t accepted) {
    durable_state d;
    d.standing = {1, true};
    d.incarnations = {{"n1", 1}, {"n2", 1}, {"n3", 1}};
    d.promised = {5, "n1"};
    d.position = {5, 8, digest{8}, false};
    d.accepted = point_of(*chain.entries[accepted - 1]);
    d.tail.assign(chain.entries.begin() + static_cast<std::ptrdiff_t>(accepted), chain.entries.end());
    return d;
  }

  // The GENESIS that it publishes, if it does.
  std::optional<record> perform(step_time now, std::vector<send_message>& mail) {
    std::optional<record> written;
    for (auto all = m.take_effects(); !all.empty(); all = m.take_effects())
      for (const effect& one : all)
        std::visit(overloaded{
                       [&](const change& c) {
                         if (c.adopted) {
                           REQUIRE(c.adopted->keep_upto <= chain.entries.size());
                           chain.entries.resize(c.adopted->keep_upto);
                           for (const entry_ptr& e : c.adopted->entries) {
                             REQUIRE(e->index == chain.entries.size() + 1);
                             chain.entries.push_back(e);
                           }
                         }
                         m.changed(now, c.op);
                       },
                       [&](const send_message& s) { mail.push_back(s); },
                       [&](const follow_stream& f) {
                         if (reads_another_stream) m.stream_gap(now, f.op, 0);
                       },
                       [&](const inspect_stream& i) {
                         m.inspected(now, i.op, {.what = stream_facts::kind::missing, .first = 0, .last = 0});
                       },
                       [&](const list_streams& l) { m.listed(now, l.op, true, {}); },
                       [&](const create_stream& c) { m.created(now, c.op, stream_change::done); },
                       [&](const publish_record& p) { written = *p.what; },
                       [](const auto&) {},
                   },
                   one);
    return written;
  }
};

// The time of one member alone goes on, until `until` says so; what they say to each other is heard at once. The GENESIS that it
// publishes, if it does.
template <class Until>
std::optional<record> live(gathering_member& one, const std::vector<gathering_member*>& all, Until until) {
  std::optional<record> genesis;
  for (std::int64_t us = 0; us < 30'000'000 && !genesis && !until(); us += 50'000) {
    const step_time now{us, {}};
    one.m.heard_self(now);
    one.m.tick(now);
    for (bool quiet = false; !quiet;) {
      quiet = true;
      for (gathering_member* from : all) {
        std::vector<send_message> mail;
        if (auto written = from->perform(now, mail)) genesis = std::move(written);
        for (const send_message& s : mail)
          for (gathering_member* to : all) {
            if (to->name != s.to || from->pieces == 0 || to->pieces == 0) continue;
            if (std::holds_alternative<chunk>(s.what.body)) --from->pieces;
            to->m.receive(now, s.what);
            quiet = false;
          }
      }
    }
  }
  return genesis;
}
std::optional<record> take_over(gathering_member& one, const std::vector<gathering_member*>& all) {
  return live(one, all, [] { return false; });
}

// Of one command each, but for those from `first` to `last`, which are a batch. An index is a place from 1.
std::vector<entry_ptr> chain_with_batch(std::size_t first, std::size_t last) {
  std::vector<entry_ptr> entries = owned_record(record_kind::genesis, 5, {}).entries;
  for (const entry_ptr& e : data(5, point_of(*entries.front()), all_entries - 1).entries) {
    entry own_time = *e;
    own_time.event.time.us += static_cast<std::int64_t>(e->index >= first && e->index <= last ? first : e->index);
    entries.push_back(std::make_shared<const entry>(std::move(own_time)));
  }
  return entries;
}
std::vector<entry_ptr> beginning(const std::vector<entry_ptr>& of) {
  return {of.begin(), of.begin() + accepted_entries};
}

struct batch_and_pieces {
  std::size_t first, last, pieces;
};

} // namespace

TEST_CASE("a takeover has the whole of a tail that comes in pieces, from a member that never takes over itself") {
  // Commands of one entry, a batch over the end of a piece, one that is longer than a piece, and one that is all there is.
  const auto batch = GENERATE(batch_and_pieces{0, 0, 0}, batch_and_pieces{26, 45, 0}, batch_and_pieces{26, 55, 0},
                              batch_and_pieces{11, 60, 0});
  CAPTURE(batch.first, batch.last);
  const std::vector<entry_ptr> entries = chain_with_batch(batch.first, batch.last);
  gathering_member holder("n1", entries);
  gathering_member candidate("n2", beginning(entries));
  const auto genesis = take_over(candidate, {&holder, &candidate});
  REQUIRE(genesis);
  CHECK(genesis->kind == record_kind::genesis);
  CHECK(genesis->base == point_of(*entries.back()));
  CHECK(candidate.chain.entries.size() >= all_entries);
}

TEST_CASE("a takeover keeps no half of a command when the member that it gathers from dies between two pieces") {
  const auto batch = GENERATE(batch_and_pieces{26, 45, 1}, batch_and_pieces{26, 55, 2}, batch_and_pieces{11, 60, 1});
  CAPTURE(batch.first, batch.last, batch.pieces);
  const std::vector<entry_ptr> entries = chain_with_batch(batch.first, batch.last);
  gathering_member holder("n1", entries), candidate("n2", beginning(entries)), third("n3", beginning(entries));
  holder.pieces = batch.pieces;
  const auto genesis = take_over(candidate, {&candidate, &holder, &third}); // the holder's promise comes first
  REQUIRE(holder.pieces == 0);
  REQUIRE(genesis);
  CHECK(genesis->kind == record_kind::genesis);
  CHECK(genesis->base.index == batch.first - 1);
  CHECK(genesis->base == point_of(*entries[batch.first - 2]));
}

TEST_CASE(
    "a member that caught up a part of what an owner alone had accepted brings no half of a command into a takeover") {
  const std::vector<entry_ptr> entries = chain_with_batch(26, 45);
  gathering_member owner("n1", entries, all_entries), behind("n2", beginning(entries)), third("n3", beginning(entries));
  owner.pieces = 1;
  behind.reads_another_stream = true;
  live(behind, {&owner, &behind, &third}, [&] { return owner.pieces == 0; });
  REQUIRE(owner.pieces == 0);
  CHECK(behind.m.accepted().index == 25);
  const auto genesis = take_over(third, {&behind, &third});
  REQUIRE(genesis);
  CHECK(genesis->base.index == 25);
}
