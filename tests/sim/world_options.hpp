#pragma once
// What one simulated world is: drawn from its seed, each world with a set of faults of its own (swarm testing: Groce et al., ISSTA
// 2012), so that combinations come up which a mix of all of them drowns.

#include <cstdint>
#include <string>

#include "runtime/replication/rule_breaks.hpp"

namespace ropewalk::sim {

struct world_options {
  std::uint64_t seed = 0;
  std::uint32_t members = 3;
  std::uint32_t peers = 1;    // N
  bool fresh = false;         // members find out themselves that nobody has anything
  std::uint32_t alone = 0;    // entries that one member has from before the cluster; then all find out themselves
  bool two_histories = false; // another member has others: nobody may begin
  std::uint32_t spares = 0;   // nodes that an operator adds; he also removes and replaces members
  replication::rule_break broken = replication::rule_break::none;

  // Probabilities, of each message or stream operation.
  double drop = 0, repeat = 0, slow = 0;              // messages
  double lose_request = 0, lose_answer = 0, late = 0; // stream operations
  double ignore_fence = 0;
  bool blind_readers = false; // of streams; also when all is healed
  bool slow_stores = false;  // also when all is healed
  double cut_candidates = 0; // of campaigns: cut off from NATS at about the time of the promises

  // Events, in a mean count for each simulated minute.
  double crashes = 0, pauses = 0, wipes = 0, backups = 0; // of nodes
  double relearns = 0; // of a member's end of its chain; never drawn, see --relearn
  double cuts = 0, one_way_cuts = 0;                      // of links
  double isolations = 0;   // a member that reaches streams and clients, but no other member
  double hardly_heard = 0; // a member whose messages nobody gets, and that gets those of one other
  double stream_outages = 0, truncations = 0, vanishings = 0, restored_stores = 0;
  double hand_overs = 0, slow_disks = 0;
  double member_changes = 0, deaths = 0; // what an operator wants; members that never come back
  bool upgrade = false;                  // members get a newer program, one by one
  double splits = 0;                     // of changes: the members fall apart, and the streams with them
  double small_payloads = 0;             // servers that take small records only, for a while
  double full_stores = 0;                // servers without room, for a while

  std::int64_t faulty_us = 40'000'000;
  std::int64_t healing_us = 90'000'000; // all must be live and equal by then
  double batches = 0; // of their appends: many entries of one command, up to more than a piece that a peer sends
  std::uint32_t clients = 4;
  std::uint32_t threads = 3;
  double reads = 0.3;    // of what clients ask
  double at_peers = 0.6; // of their appends; the others ask for `log` or `local`
  std::int64_t think_us = 150'000;
};

world_options draw_options(std::uint64_t seed, replication::rule_break broken);
std::string to_text(const world_options& o);
const char* name(replication::rule_break b);

} // namespace ropewalk::sim
