#pragma once
// Rules that tests may leave out, one at a time, to show that the simulator notices: a checker that catches none
// proves nothing. Not compiled into a release.

#include <cstdint>

namespace ropewalk::replication {

enum class rule_break : std::uint8_t {
  none,
  no_survey,         // a candidate takes its own chain for the best
  no_lease_wait,     // members promise while an owner may still serve reads
  trust_publish,     // whatever the server says is stored counts, at whatever sequence
  wiped_votes,       // a new disk promises and acknowledges before it has caught up
  no_seal,           // lower generations stay open
  ack_after_promise, // a member goes on acknowledging epochs below its promise
  volatile_base,     // GENESIS before its base is synced
  silent_refusal,    // a refusal does not say what was promised
  early_serve,       // an owner serves before its OPEN is durable at N peers
  new_list_alone,    // while members change, the list to come counts without the one before
  hasty_change,      // a change of members goes on before its entry is durable at N peers
  own_list_alone,    // a candidate counts promises by the list it knew, not by that of the chain it found
  removed_campaigns, // who is no member takes over
  accepted_alone,    // a candidate asks for what members know to be accepted, not for what is on their disks
  half_commands,     // what a peer sends is kept as it comes, also where a piece ends within a command
  dirty_reads,       // what is not committed yet is shown
};

} // namespace ropewalk::replication
