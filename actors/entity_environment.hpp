#pragma once
// Everything an entity may touch outside itself. Built once by the node; outlives all actors.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/entity_storage.hpp"
#include "actors/outbox.hpp"
#include "actors/request.hpp"
#include "runtime/command.hpp"
#include "runtime/limits.hpp"
#include "storage/journal_writer.hpp"

namespace ropewalk::storage {
class keyring_handle;
class view_applier;
} // namespace ropewalk::storage

namespace ropewalk::actors {

class checkpoint_refusals;
class down_entities;
class child_starts;
class definition_library;
class schedule_lists;
class thread_proofs;
class thread_reads;
class thread_quota;
class work_outlet;
class workflow_history;
class zone_files;

// Hands a request to the partition that owns its entity. Any thread; never blocks.
class request_router {
public:
  virtual ~request_router() = default;
  virtual void route(request_ptr r) = 0;
};

// Of a cluster: what an entity's memory shows may be shown, or a repeat be answered, once the listener is told. local, log: all of
// it, up to an index of the partition's chain, is committed, and this node owned the partition after the call; peers: and the
// guaranteed peers hold the whole chain. Refused at once where no lease has stood for long. Any thread; never blocks.
class replicated_reads {
public:
  virtual ~replicated_reads() = default;
  static constexpr std::uint64_t whole_chain = UINT64_MAX;
  virtual void read(partition_id p, std::uint64_t generation, ack_level level,
                    std::unique_ptr<storage::commit_listener> listener, std::uint64_t upto = whole_chain) = 0;
  // So much waits for p's stream that nothing more may be begun (stream_backlog.hpp). Any thread, at once.
  virtual bool stream_is_behind(partition_id p) const = 0;
};

// The current time and fresh randomness. Any thread.
class surroundings_source {
public:
  virtual ~surroundings_source() = default;
  virtual surroundings look() = 0;
};

struct entity_environment {
  storage::journal_writer& journal;
  entity_storage& stored;
  thread_reads& reads;
  thread_quota& quota;
  outbox& out;
  request_router& router;
  surroundings_source& around;
  storage::view_applier& views; // told about every commit
  definition_library& definitions;
  workflow_history& history;
  thread_proofs& proofs;
  checkpoint_refusals& refusals;
  down_entities& down;
  work_outlet& work;
  zone_files& zones;
  schedule_lists& schedules;
  const storage::keyring_handle& keys;
  child_starts& starts;
  std::string cluster;
  thread::thread_defaults defaults;
  std::uint64_t checkpoints_kept = limits::checkpoints_kept; // of an instance, at least
  std::int64_t checkpoints_age_s = 0;                        // older ones go; 0 = by count alone
  replicated_reads* replicated = nullptr;                    // null: a node alone
  ack_level ack = ack_level::local;                          // where a request asks for nothing
  std::atomic<std::uint64_t> held_bytes{0};                  // of what active entities keep in memory, about
};

// How far an entity's writes are durable; written by the journal's thread, read by the entity.
struct durability_gate {
  std::atomic<std::uint64_t> version{0};  // all events up to this one
  std::atomic<std::uint64_t> index{
      replicated_reads::whole_chain};     // of that event's entry in the partition's chain, if known
  std::atomic<std::uint64_t> position{0}; // of the journal, of that event's entry or a later one

  void raise_position(std::uint64_t to) {
    std::uint64_t now = position.load(std::memory_order_relaxed);
    while (now < to && !position.compare_exchange_weak(now, to)) {
    }
  }
};

} // namespace ropewalk::actors
