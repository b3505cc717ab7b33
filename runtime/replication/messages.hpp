#pragma once
// What members of one partition tell each other, over plain NATS: any of it may be lost, late, repeated or out of order.

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "runtime/entity_key.hpp"
#include "runtime/replication/configuration.hpp"
#include "runtime/replication/record.hpp"

namespace ropewalk::replication {

// Where a member stands in a stream: the last record that it has seen, and what that one was, so that it knows
// the stream again (digest over the stored bytes).
struct stream_position {
  std::uint64_t generation = 0; // 0: none yet
  std::uint64_t sequence = 0;
  digest record{};
  bool sealed = false;
  friend bool operator==(const stream_position&, const stream_position&) = default;
};

// ---- taking over ----
struct prepare { // "promise me epoch"
  std::uint64_t epoch = 0;
  std::uint64_t released = 0; // the owner of this epoch gave way to us: its lease need not be waited for
  configuration members;      // as the candidate knows it. Here and below: without names if the sender did not say
};
struct promise {
  std::uint64_t epoch = 0;
  chain_point accepted;     // on the disk, out of a stream
  chain_point head;         // on the disk; beyond accepted only what this member wrote as an owner
  stream_position position; // of accepted
  incarnation_map incarnations;
  configuration members; // that accepted says
};
struct refusal {
  std::uint64_t epoch = 0;    // that was asked for
  std::uint64_t promised = 0; // what the member holds instead: a candidate that does not learn it asks for ever
  incarnation_map incarnations;
  configuration members; // that the member knows: a candidate that was removed hears it here
};
struct release { // the owner of epoch has stopped, and asks the receiver to take over at once
  std::uint64_t epoch = 0;
  chain_point accepted;
  bool moved = false; // an operator chose the receiver, which keeps it although another member is preferred
};

// ---- an owner and its peers ----
struct beat {
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  std::int64_t sent_us = 0; // the owner's clock; comes back in the answer
  std::optional<std::uint64_t>
      accepted; // index: who has this much on its disk was in step when it was sent; none: without a lease
  incarnation_map incarnations;
};
struct beat_answer { // also: "these are durable here", and a lease to the owner from sent_us on
  std::uint64_t epoch = 0;
  std::optional<std::int64_t> sent_us; // none: no lease, only where this member is
  chain_point durable;
  stream_position position;
  std::uint32_t level = 1; // what the member's program knows
  bool resting = false;    // an operator wants it to own nothing
};
// The stream of the owner's generation is not the same to both: its records go on from what the sender never read there. Happens
// when a store lost its end and grew again; the owner begins a new generation.
struct fork_seen {
  std::uint64_t epoch = 0;
};
struct durable { // accepted entries up to here are on the disk of a member that has promised nothing higher (I2)
  std::uint64_t epoch = 0;
  chain_point upto;
  stream_position position;
};

// ---- catching up from a peer ----
struct fetch {
  std::uint64_t id = 0;
  bool with_tail = false; // also what the peer has prepared beyond its accepted chain
  // Places in the asker's chain, newest first, the genesis last; before them the end of what came of a command that is not whole yet.
  std::vector<chain_point> probes;
};
struct chunk {
  std::uint64_t id = 0;
  chain_point fork; // the newest probe that is in the peer's chain: entries go on from there
  std::vector<entry_ptr> entries;
  chain_point accepted; // the peer's; entries beyond it are its tail
  bool whole = false;   // entries reach the end of what the peer offers, which is at `position`
  stream_position position;
};

// ---- a member that comes back with another disk ----
struct join {
  std::uint64_t round = 0; // comes back in the answer
};
struct join_answer {
  std::uint64_t incarnation = 0; // of the asker, as the answerer knows it: a higher one makes it choose anew
  std::uint64_t round = 0;
  std::uint64_t promised = 0;
  bool outside =
      false; // the answerer holds nothing of a cluster: no entry that an owner in one placed, no place in a stream
  bool owner = false; // the answerer serves, and its lease stood after the question came
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  chain_point head; // of an owner: all that it ever acknowledged is before it
  configuration members;
};

using message_body = std::variant<prepare, promise, refusal, release, beat, beat_answer, fork_seen, durable, fetch,
                                  chunk, join, join_answer>;

struct message {
  member_name from;
  std::uint64_t incarnation = 0; // of the sender's disk
  std::uint64_t addressee = 0;   // incarnation of the receiver that is meant; 0: any. Answers name it
  message_body body;
};

} // namespace ropewalk::replication
