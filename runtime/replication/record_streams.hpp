#pragma once
// What replication asks of a log of records that all members can reach: one stream for each partition and
// generation. Two implementations: transport/jetstream_streams (NATS JetStream) and tests/sim (a simulated one that
// truncates, vanishes, answers late and ignores its fence); one test suite (tests/streams/contract.hpp)
// holds both to what stands here.
//
// What is assumed of a stream:
//   - a record that is stored gets the next sequence number, from 1, and is never changed;
//   - readers get stored records in sequence, each from a position of their choice;
//   - `publish` with an expected sequence is refused unless it is the stream's last one at that moment.
// What is not assumed: that any answer comes; that calls are carried out in the order in which they were made; that a
// record whose publish timed out was not stored, or will not be stored later; that records survive (a stream may come
// back shorter, empty, or not at all); that the fence holds; that a reader notices another stream in its place, or
// another record where one was delivered. Who publishes counts only a sequence of exactly expected + 1, and every reader
// computes for itself which records are accepted (accept_rule.hpp), so none of these loses or reorders an acknowledged entry.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/entity_key.hpp"

namespace ropewalk::replication {

// Named for the epoch of the owner that created it, so no two owners ever create the same one.
struct stream_id {
  partition_id partition;
  std::uint64_t generation = 0; // from 1
  friend auto operator<=>(const stream_id&, const stream_id&) = default;
};

struct publish_outcome {
  enum class kind : std::uint8_t {
    stored,    // sequence: where. Not proof that the fence was looked at: compare with the expected one
    refused,   // the fence: sequence = the stream's last one, as the server said it
    missing,   // there is no such stream
    unknown,   // no answer in time, connection lost, no leader: stored, or not, or later
    too_large, // the stream takes no record of this size: not stored, and never will be. For an operator to solve
  };
  kind what = kind::unknown;
  std::uint64_t sequence = 0;
  // Of an unknown one: there was an answer, an error that is not the fence's; the store may be full.
  bool declined = false;
  // Of a declined one: it may have been stored behind its fence and taken away again, with its sequence.
  bool removed = false;
};

struct stream_facts {
  enum class kind : std::uint8_t { present, missing, unknown };
  kind what = kind::unknown;
  std::uint64_t first = 0; // oldest stored sequence; last + 1 when all is trimmed
  std::uint64_t last = 0;  // newest sequence ever stored; 0 = none. Trimming keeps it
  std::uint64_t removed = 0; // how many of the last ones, up to `last`, stand for records that were taken away again
  std::uint64_t newest() const noexcept { return last - removed; }
};

enum class stream_change : std::uint8_t { done, missing, unknown };

struct stored_record {
  std::uint64_t sequence = 0;
  std::string bytes;
};

// Told by one reader, in order of sequence; what is left out was removed again and will never be there. Calls never overlap.
class record_sink {
public:
  virtual ~record_sink() = default;
  virtual void on_record(stored_record r) = 0;
  // The next record is not there any more (trimmed, lost, or another stream stands in its place): nothing will follow.
  // first = the oldest stored sequence, 0 if the stream is missing.
  virtual void on_gap(std::uint64_t first) = 0;
};

// Ends with its owner: after the destructor returned the sink is not called again. The destructor waits for a call
// that is under way, so it is never run from inside the sink, and always before the streams' own.
class record_reader {
public:
  virtual ~record_reader() = default;
  // For a sink that queues what it gets and cannot follow (I10): what was asked for before may still come, at most
  // `records_behind_pause` records or `bytes_behind_pause` and one record, then nothing until go_on(). May be called
  // from inside the sink.
  virtual void pause() = 0;
  virtual void go_on() = 0;
};
inline constexpr std::size_t records_behind_pause = 256;
inline constexpr std::size_t bytes_behind_pause = 4u << 20;

// All calls return at once; each callback is called exactly once, on a thread of the implementation, never inside the
// call itself, and must not block. The destructor answers what is still open (`unknown`) and waits for it.
class record_streams {
public:
  virtual ~record_streams() = default;

  // done: exists with the settings asked for (also when it did before).
  virtual void create(stream_id which, std::function<void(stream_change)> done) = 0;
  // Stores bytes behind sequence `expected` (0: as the first record of all).
  virtual void publish(stream_id which, std::uint64_t expected, std::string bytes,
                       std::function<void(publish_outcome)> done) = 0;
  // At least as new as all that was acknowledged before the call. `missing` takes its time, since a server that has just
  // started may deny for a moment what it has.
  virtual void inspect(stream_id which, std::function<void(stream_facts)> done) = 0;
  // Delivers record `from`, the ones after it and all that will be stored, across reconnects and elections. A
  // position that is not stored yet is waited for; one that was trimmed is a gap.
  virtual std::unique_ptr<record_reader> read(stream_id which, std::uint64_t from,
                                              std::shared_ptr<record_sink> sink) = 0;
  // Removes the records below sequence `keep_from`, all of them if it lies beyond the end; the numbering goes on.
  virtual void trim(stream_id which, std::uint64_t keep_from, std::function<void(stream_change)> done) = 0;
  virtual void remove(stream_id which, std::function<void(stream_change)> done) = 0;
  // The streams of this cluster that exist, in ascending order. Not known: no answer. Right after a restart of all
  // servers the newest may be left out for a moment: that one is missing says inspect() alone.
  virtual void list(std::function<void(bool known, std::vector<stream_id>)> done) = 0;
};

} // namespace ropewalk::replication
