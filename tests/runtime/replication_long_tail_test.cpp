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
  gathering_member(const member_name& self, std::vector<entry_ptr> entries)
      : name(self), chain(std::move(entries), piece_entries), m(settings(self), disk(chain), chain, {0, {}}) {}

  static member_settings settings(const member_name& self) {
    member_settings s;
    s.self = self;
    s.members = {{"n1", "n2", "n3"}, 1};
    s.partition = partition_id{3};
    s.hash_of = record_hash;
    s.seed = 7;
    return s;
  }
  static durable_state disk(const chain_in_memory& chain) {
    durable_state d;
    d.standing = {1, true};
    d.promised = {5, "n1"};
    d.position = {5, 8, digest{8}, false};
    d.accepted = point_of(*chain.entries[accepted_entries - 1]);
    d.tail.assign(chain.entries.begin() + accepted_entries, chain.entries.end());
    return d;
  }

  // The GENESIS that it publishes, if it does; its messages go to the other one.
  std::optional<record> perform(step_time now, gathering_member& other, std::vector<send_message>& mail) {
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
                       [&](const send_message& s) {
                         if (s.to == other.name) mail.push_back(s);
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

} // namespace

TEST_CASE("a takeover has the whole of a tail that comes in pieces, from a member that never takes over itself") {
  std::vector<entry_ptr> entries = owned_record(record_kind::genesis, 5, {}).entries;
  const record more = data(5, point_of(*entries.front()), all_entries - 1);
  entries.insert(entries.end(), more.entries.begin(), more.entries.end());
  gathering_member holder("n1", entries);
  gathering_member candidate("n2", {entries.begin(), entries.begin() + accepted_entries});

  std::optional<record> genesis;
  for (std::int64_t us = 0; us < 20'000'000 && !genesis; us += 50'000) {
    const step_time now{us, {}};
    candidate.m.heard_self(now);
    candidate.m.tick(now);
    for (bool quiet = false; !quiet;) {
      std::vector<send_message> to_holder, to_candidate;
      if (auto written = candidate.perform(now, holder, to_holder)) genesis = std::move(written);
      for (const send_message& s : to_holder) holder.m.receive(now, s.what);
      CHECK_FALSE(holder.perform(now, candidate, to_candidate));
      for (const send_message& s : to_candidate) candidate.m.receive(now, s.what);
      quiet = to_holder.empty() && to_candidate.empty();
    }
  }
  REQUIRE(genesis);
  CHECK(genesis->kind == record_kind::genesis);
  CHECK(genesis->base == point_of(*entries.back()));
  CHECK(candidate.chain.entries.size() >= all_entries);
}
