#pragma once
// An entity in memory, whatever its kind, as its actor and its partition see it. Not thread-safe: its actor
// alone calls it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "actors/entity_environment.hpp"

namespace ropewalk::actors {

class active_entity {
public:
  virtual ~active_entity() = default;

  // One of the two, once, first: nothing is stored under its id, or it has to be read.
  virtual void begin_empty() = 0;
  virtual void begin_loading(std::uint64_t min_position) = 0;
  virtual void receive(request_ptr r) = 0;

  virtual const entity_key& who() const = 0;
  // Nothing waits, and memory holds nothing that the journal does not: the entity may leave.
  virtual bool may_leave() const = 0;
  // What a later load has to wait for.
  virtual std::uint64_t durable_position() const = 0;
  // Loading failed: every request is refused with this, and the partition should let the entity go.
  virtual bool broken() const = 0;
  // Tells the node what this entity holds now; after each message it handled.
  virtual void count_bytes() = 0;
};

// How a callback on another thread, or after a while, comes back into the entity's actor; nothing happens if that is
// gone.
struct entity_mail {
  using task = std::function<void(active_entity&)>;
  std::function<void(task)> post;
  std::function<void(std::chrono::milliseconds, task)> after; // not before; may be late

  void operator()(task run) const { post(std::move(run)); }
};

struct entity_birth {
  entity_environment* env = nullptr;
  entity_key who;
  partition_id partition;
  std::uint64_t generation = 0;
  bool brand_new = false;         // nothing is stored under its id
  std::uint64_t min_position = 0; // views must have seen this much before the load
};

// By the kind in who; null for a kind that this node does not serve.
std::unique_ptr<active_entity> make_entity(const entity_birth& birth, entity_mail mail);

} // namespace ropewalk::actors
