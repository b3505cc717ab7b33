#pragma once
// Checkpoints that did not verify, for operators: what is refused stays visible (I9). In memory, since the node's start.

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "actors/entity_storage.hpp"
#include "actors/outbox.hpp"
#include "runtime/entity_key.hpp"
#include "runtime/instant.hpp"

namespace ropewalk::actors {

// Any thread.
class checkpoint_refusals {
public:
  static constexpr std::size_t kept = 100; // different checkpoints; beyond it the one refused longest ago is forgotten

  void add(const entity_key& who, const refused_checkpoint& c, instant now);
  bool knows(const entity_key& who, const std::string& checkpoint) const;
  std::uint64_t count() const;
  // {"count":N,"checkpoints":[{"org","workflow","checkpoint","version","reason","detail","first_at","last_at","times"}]},
  // the one refused last first.
  std::string render() const;
  // The live event that tells of one: {"type":"checkpoint_refused","workflow","checkpoint","at_version","reason"}.
  static std::string event_of(const entity_key& who, const refused_checkpoint& c);

private:
  struct refusal {
    entity_key who;
    refused_checkpoint checkpoint;
    instant first, last;
    std::uint64_t times = 0;
  };
  mutable std::mutex mutex_;
  std::deque<refusal> refused_; // newest first
  std::uint64_t count_ = 0;
};

using refusal_listener = std::function<void(const entity_key& who, const refused_checkpoint& c)>;
// Keeps it, and tells it in the log and in a live event.
void report(checkpoint_refusals& to, outbox& out, const entity_key& who, const refused_checkpoint& c, instant now);
// Of who only looks at a state: one that is known already is passed over without a word.
void report_once(checkpoint_refusals& to, outbox& out, const entity_key& who, const refused_checkpoint& c, instant now);

} // namespace ropewalk::actors
