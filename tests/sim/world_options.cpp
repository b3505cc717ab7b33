#include "tests/sim/world_options.hpp"

#include <sstream>

#include "tests/sim/sim_random.hpp"

namespace ropewalk::sim {

using replication::rule_break;

namespace {

// Combinations that hardly ever come up in a mixture, or that everything else in it hides. False: not a seed of theirs.
bool draw_rare(std::uint64_t seed, sim_random& r, world_options& few) {
  switch (seed % 20) {
  case 3: // an owner that reaches its stream but no member, while the fence fails: its records land behind its successor's
    few.isolations = 10;
    few.ignore_fence = 0.2 + r.unit() * 0.6;
    few.at_peers = few.reads = 0.05; // both wait for members: clients that ask for them leave such an owner
    few.think_us = 60'000;
    break;
  case 7: // the same owner, and a stream that loses its end
    few.isolations = 10;
    few.truncations = 8;
    few.crashes = r.unit() * 6;
    few.at_peers = few.reads = 0.05;
    few.think_us = r.between(50'000, 400'000);
    break;
  case 13: // a peer that hears both an owner and a candidate, which does not get to the stream before it is gone
    few.hardly_heard = 12;
    few.cut_candidates = 0.7;
    few.vanishings = 20;
    few.slow = r.unit() * 0.1;
    few.slow_disks = r.unit() * 10;
    few.at_peers = 0.95;
    few.reads = 0;
    few.think_us = 30'000;
    break;
  default: return false;
  }
  few.clients = 6;
  return true;
}

} // namespace

// An operator who adds, removes and replaces members. Of a source of its own: all else is as without him.
void draw_changes(std::uint64_t seed, world_options& o) {
  sim_random r(seed ^ 0x6d656d62);
  o.spares = static_cast<std::uint32_t>(r.between(2, 4));
  o.member_changes = 4 + r.unit() * 30;
  o.deaths = r.chance(0.4) ? r.unit() * 4 : 0;
  o.alone = 0;
  if (o.members < 3) o.members = 3, o.peers = 1;
  if (r.chance(0.3)) o.wipes = o.backups = o.deaths = 0; // then a list of one or two will do
  if (r.chance(0.3)) o.crashes = 6 + r.unit() * 20;
  if (r.chance(0.3)) o.isolations = 4 + r.unit() * 10;
  o.upgrade = seed % 40 == 29;
  if (seed % 40 == 39) {
    o.splits = 0.1 + r.unit() * 0.4;
    o.at_peers = 0.8;
    o.clients = 6;
    o.think_us = 40'000;
    o.drop = o.lose_request = o.lose_answer = o.slow = 0;
  }
}

world_options draw_options(std::uint64_t seed, rule_break broken) {
  world_options o;
  o.seed = seed;
  o.broken = broken;
  o.blind_readers = sim_random(seed ^ 0x626c696e64).chance(0.5);
  if (sim_random room(seed ^ 0x726f6f6d); room.chance(0.25)) o.full_stores = room.unit() * 6;
  o.batches = sim_random(seed ^ 0x6261746368).chance(0.3) ? 0.25 : 0;
  if (sim_random rare(seed ^ 0xfedcba); draw_rare(seed, rare, o)) return o;
  sim_random r(seed ^ 0xabcdef);
  if (r.chance(0.25)) {
    o.members = 5;
    o.peers = r.chance(0.7) ? 2 : 1;
  }
  o.fresh = r.chance(0.1);
  const auto rate = [&](double& p, double with, double top) {
    if (r.chance(with)) p = r.unit() * top;
  };
  rate(o.drop, 0.5, 0.2);
  rate(o.repeat, 0.4, 0.1);
  rate(o.slow, 0.4, 0.1);
  rate(o.lose_request, 0.4, 0.1);
  rate(o.lose_answer, 0.4, 0.15);
  rate(o.late, 0.35, 0.1);
  rate(o.ignore_fence, 0.15, 0.3);
  rate(o.crashes, 0.6, 12);
  rate(o.pauses, 0.5, 12);
  rate(o.wipes, 0.35, 6);
  rate(o.backups, 0.25, 4);
  rate(o.cuts, 0.4, 10);
  rate(o.one_way_cuts, 0.35, 20);
  rate(o.isolations, 0.35, 8);
  rate(o.stream_outages, 0.4, 6);
  rate(o.truncations, 0.35, 6);
  rate(o.vanishings, 0.35, 5);
  rate(o.restored_stores, 0.3, 4);
  rate(o.hand_overs, 0.3, 10);
  rate(o.slow_disks, 0.3, 10);
  o.clients = static_cast<std::uint32_t>(r.between(2, 6));
  o.threads = static_cast<std::uint32_t>(r.between(1, 4));
  o.reads = r.unit() * 0.6;
  o.think_us = r.between(20'000, 300'000);
  rate(o.hardly_heard, 0.2, 10);
  rate(o.cut_candidates, 0.2, 0.5);
  o.slow_stores = r.chance(0.3);
  rate(o.small_payloads, 0.25, 8);
  if (seed % 20 == 17) {
    o.alone = static_cast<std::uint32_t>(r.between(1, 70));
    if (r.chance(0.1)) o.members = 1, o.peers = 0;
  }
  if (seed % 20 == 9 || seed % 20 == 19) draw_changes(seed, o);
  return o;
}

const char* name(rule_break b) {
  switch (b) {
  case rule_break::none: return "none";
  case rule_break::no_survey: return "no_survey";
  case rule_break::no_lease_wait: return "no_lease_wait";
  case rule_break::trust_publish: return "trust_publish";
  case rule_break::wiped_votes: return "wiped_votes";
  case rule_break::no_seal: return "no_seal";
  case rule_break::ack_after_promise: return "ack_after_promise";
  case rule_break::volatile_base: return "volatile_base";
  case rule_break::silent_refusal: return "silent_refusal";
  case rule_break::early_serve: return "early_serve";
  case rule_break::new_list_alone: return "new_list_alone";
  case rule_break::hasty_change: return "hasty_change";
  case rule_break::own_list_alone: return "own_list_alone";
  case rule_break::accepted_alone: return "accepted_alone";
  case rule_break::removed_campaigns: return "removed_campaigns";
  case rule_break::half_commands: return "half_commands";
  case rule_break::dirty_reads: return "dirty_reads";
  }
  return "?";
}

std::string to_text(const world_options& o) {
  std::ostringstream out;
  out << "members " << o.members << ", N " << o.peers << (o.fresh ? ", fresh" : "")
      << (o.alone > 0 ? ", entries of one alone " + std::to_string(o.alone) : "")
      << (o.slow_stores ? ", slow streams" : "") << ", rule left out: " << name(o.broken) << "\n  messages: drop "
      << o.drop << ", repeat " << o.repeat << ", slow " << o.slow << "\n  streams: request lost " << o.lose_request
      << ", answer lost " << o.lose_answer << ", late " << o.late << ", fence ignored " << o.ignore_fence
      << (o.blind_readers ? ", readers notice little" : "") << ", candidates cut off " << o.cut_candidates
      << "\n  a minute: crashes " << o.crashes << ", pauses " << o.pauses << ", wipes " << o.wipes
      << ", backups put back " << o.backups << ", relearns " << o.relearns << ", cuts " << o.cuts << ", one-way cuts "
      << o.one_way_cuts << ", isolations " << o.isolations << ", hardly heard " << o.hardly_heard << ", outages "
      << o.stream_outages << ", truncations " << o.truncations << ", vanishings " << o.vanishings
      << ", stores put back " << o.restored_stores << ", hand-overs " << o.hand_overs << ", slow disks " << o.slow_disks
      << ", small payloads " << o.small_payloads << ", stores full " << o.full_stores << ", changes of members "
      << o.member_changes << (o.upgrade ? ", a newer program" : "") << ", splits " << o.splits << ", deaths "
      << o.deaths << ", spares " << o.spares << "\n  clients " << o.clients << ", threads " << o.threads << ", reads "
      << o.reads << ", at `peers` " << o.at_peers << ", batches " << o.batches << "\n";
  return out.str();
}

} // namespace ropewalk::sim
