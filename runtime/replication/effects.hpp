#pragma once
// What a member asks of its surroundings. Every question carries an op; its answer brings the op back, and one that nobody
// waits for any more is dropped.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "runtime/replication/accept_rule.hpp"
#include "runtime/replication/durable_state.hpp"
#include "runtime/replication/record_streams.hpp"

namespace ropewalk::replication {

// ---- the disk: in this order, each one transaction; answered by changed(op) once it is synced ----
// (struct change)

// ---- streams ----
struct publish_record {
  std::uint64_t op = 0;
  std::uint64_t generation = 0;
  std::uint64_t expected = 0;
  std::shared_ptr<const record> what;
};
struct inspect_stream {
  std::uint64_t op = 0;
  std::uint64_t generation = 0;
};
struct create_stream {
  std::uint64_t op = 0;
  std::uint64_t generation = 0;
};
struct list_streams {
  std::uint64_t op = 0;
};
struct follow_stream { // in place of what was followed before; records come with this op
  std::uint64_t op = 0;
  std::uint64_t generation = 0;
  std::uint64_t from = 1;
};
struct unfollow {};
struct trim_stream {
  std::uint64_t generation = 0;
  std::uint64_t keep_from = 0;
};
struct remove_stream {
  std::uint64_t generation = 0;
};

// ---- peers ----
struct send_message {
  member_name to;
  message what;
};

// ---- the partition's actors ----
struct serve { // the entities may be folded and asked; entries are placed behind head, with this epoch
  std::uint64_t epoch = 0;
  chain_point head;
};
struct stop_serving { // memory goes; what was not acknowledged is answered as unknown (I5)
  std::uint64_t epoch = 0;
  std::string why;
};
// How far the entries of this epoch's owner are safe, as indices: on its disk; also accepted in the stream; also on the disks of N
// peers. Each is sent when it grows.
struct progress {
  std::uint64_t epoch = 0;
  std::uint64_t local = 0;
  std::uint64_t log = 0;
  std::uint64_t peers = 0;
};
struct read_stands { // linearizable: what was in memory when the read came may be shown
  std::uint64_t read = 0;
};
struct read_fails {
  std::uint64_t read = 0;
};
// ---- what operators see ----
struct record_refused {
  std::uint64_t generation = 0, sequence = 0;
  verdict why = verdict::malformed;
};
// The chain goes on with what this program does not know: nothing more is read, written or promised here. The node must be stopped
// and started with a newer program; its disk is as it was before.
struct program_too_old {
  std::string why;
};
struct cannot_go_on { // before an operator has done something; told again when it was tried again
  std::string why;
};

using effect = std::variant<change, publish_record, inspect_stream, create_stream, list_streams, follow_stream,
                            unfollow, trim_stream, remove_stream, send_message, serve, stop_serving, progress,
                            read_stands, read_fails, record_refused, program_too_old, cannot_go_on>;

} // namespace ropewalk::replication
