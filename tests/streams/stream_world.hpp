#pragma once
// What the contract's cases need of a world in which streams of records live: real servers, or a simulated one. Each
// case gets a new world: its streams() hold nothing yet.

#include <cstdint>
#include <functional>

#include "runtime/replication/record_streams.hpp"

namespace ropewalk::tests {

enum class stream_fault : std::uint8_t {
  crash_leader,  // who serves the stream is gone at once, until heal()
  pause_leader,  // it stands still until heal(), and then goes on where it was
  crash_all,     // all that serve any stream, until heal()
  wipe,          // all crash and come back without anything
  keep_copy,     // all crash and come back; what they held is remembered
  put_back_copy, // all crash and come back with what was remembered
  lose_end,      // all crash and come back, each stream without its last two records
  no_room,       // nothing more is stored, until heal()
};

class stream_world {
public:
  virtual ~stream_world() = default;
  virtual replication::record_streams& streams() = 0;
  virtual replication::record_streams& rival() = 0;    // the same cluster's, used by another process
  virtual replication::record_streams& stranger() = 0; // another cluster's on the same servers
  // Why this world has no such fault; nullptr: it has it.
  virtual const char* lacks(stream_fault fault) const = 0;
  // One that is not lacking. which: of the first two.
  virtual void inject(stream_fault fault, replication::stream_id which) = 0;
  // Whether a stream is served again under the fault, before heal(): by others.
  virtual bool goes_on_under(stream_fault fault) const = 0;
  // All serve again when it returns, or soon.
  virtual void heal() = 0;
  // Lets the world go on until the condition holds. False: it took longer than anything may take.
  virtual bool run_until(const std::function<bool()>& holds) = 0;
};

} // namespace ropewalk::tests
