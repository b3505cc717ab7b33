// Who waits at a replica: for what was written to reach its level, and for what was read to be committed and owned.

#include <set>
#include <utility>

#include "actors/cluster/replica.hpp"
#include "actors/request.hpp"

namespace ropewalk::actors {

using namespace replication;

static_assert(replicated_reads::whole_chain == member::all);

namespace {

const error unknown_outcome{
    errc::timeout,
    "ownership_lost",
    "whether this was recorded is not known: the node lost the partition meanwhile; ask again with the same "
    "idempotency key",
    {}};

const error late_outcome{errc::timeout,
                         "ownership_lost",
                         "whether this was recorded is not known: the stream or the members did not confirm it in "
                         "time; ask again with the same "
                         "idempotency key",
                         {}};
const error no_lease{errc::unavailable,
                     "no_lease",
                     "it could not be confirmed in time that this member owns the partition, and what was written "
                     "before: too few members, or "
                     "not the stream, answer; try again",
                     {}};
constexpr std::int64_t longest_wait_us = std::chrono::microseconds(caller::longest_wait).count();

receipt with_level(receipt r, ack_level level) {
  r.durability = name(level);
  return r;
}

} // namespace

void replica::stored(storage::submission& s, std::vector<entry> entries, const receipt& r) {
  const std::scoped_lock lock{mutex_};
  if (entries.empty()) {
    if (generation_ == 0 || s.generation != generation_) return acks_.push(lost(std::move(s.listener)));
    return read_locked(s.level, std::move(s.listener), r);
  }
  const chain_point last = point_of(entries.back());
  if (generation_ != 0 && s.generation == generation_)
    held_.push_back(
        {last.index, s.level, {std::move(s.listener), std::move(entries), with_level(r, s.level), {}}, now().us});
  else acks_.push(lost(std::move(s.listener)));
  if (!member_) return;
  member_->stored(now(), last);
  pump();
}

void replica::read(std::uint64_t generation, ack_level level, std::unique_ptr<storage::commit_listener> listener,
                   std::uint64_t upto) {
  const std::scoped_lock lock{mutex_};
  if (generation_ == 0 || generation != generation_) return acks_.push({std::move(listener), {}, {}, not_owner});
  read_locked(level, std::move(listener), {}, upto);
}

// Another member may have taken over unheard.
bool replica::lease_is_long_gone() {
  const std::int64_t stood = std::max(serving_since_us_, member_->in_step_us().value_or(serving_since_us_));
  return now().us - stood > 2 * settings_.lease_us;
}

void replica::read_locked(ack_level level, std::unique_ptr<storage::commit_listener> listener, const receipt& r,
                          std::uint64_t upto) {
  if (!listener) return;
  if (level == ack_level::peers) {
    held_ack h{member_->head().index, level, {std::move(listener), {}, r, {}}, now().us};
    if (!reached(h)) return held_.push_back(std::move(h));
    listener = std::move(h.what.listener); // and now the lease
  }
  const std::uint64_t id = ++last_read_;
  reads_.emplace(id, waiting_read{{std::move(listener), {}, r, {}}, now().us});
  member_->read(now(), id, upto);
  pump();
}

void replica::end_read(std::uint64_t id, bool stands) {
  auto at = reads_.extract(id);
  if (!at) return;
  if (stands) acks_.push(std::move(at.mapped().what));
  else acks_.push({std::move(at.mapped().what.listener), {}, {}, no_lease});
}

// In order of index, each at its level; one of a lower level waits for earlier ones of its own entity alone.
void replica::release(const progress& p) {
  if (p.epoch != generation_) return;
  reached_ = p;
  std::deque<held_ack> rest;
  std::set<entity_key> behind; // entities with an earlier write that waits: what follows from writes keeps their order
  for (held_ack& h : held_) {
    const entity_key* who = h.what.entries.empty() ? nullptr : &h.what.entries.front().entity;
    if (reached(h) && !(who && behind.contains(*who))) {
      acks_.push(std::move(h.what));
    } else {
      if (who) behind.insert(*who);
      rest.push_back(std::move(h));
    }
  }
  held_.swap(rest);
}

// Whoever waits has given up by now, and must not keep a place among the requests that are worked on. What follows from a
// write goes on waiting for it.
void replica::tell_late() {
  const std::int64_t before = now().us - longest_wait_us;
  for (held_ack& h : held_) {
    if (h.since_us >= before) break;
    if (!std::exchange(h.late, true) && h.what.listener && h.what.listener->on_late(late_outcome))
      h.what.listener.reset();
  }
  // Long without a lease: it may still come back at any moment, and within one more it would be seen. Whoever reads is better
  // told then, and asks elsewhere.
  const bool gone = lease_is_long_gone();
  const std::int64_t soon = gone ? std::max(before, now().us - settings_.lease_us) : before;
  std::set<std::uint64_t> told;
  for (auto at = reads_.begin(); at != reads_.end() && at->second.since_us < soon;) {
    storage::commit_listener* who = at->second.what.listener.get();
    const bool over = who && (who->may_be_refused() || at->second.since_us < before) && who->on_late(no_lease);
    if (over) told.insert(at->first);
    at = over ? reads_.erase(at) : std::next(at);
  }
  if (!told.empty()) member_->forget_reads(told);
}

bool replica::reached(const held_ack& h) const {
  switch (h.level) {
  case ack_level::local: return h.index <= reached_.local;
  case ack_level::log: return h.index <= reached_.log;
  case ack_level::peers: break;
  }
  return h.index <= reached_.peers;
}

void replica::stop_owning(const std::string& why) {
  for (held_ack& h : held_) acks_.push(lost(std::move(h.what.listener)));
  held_.clear();
  for (auto& [id, r] : reads_) acks_.push({std::move(r.what.listener), {}, {}, no_lease});
  reads_.clear();
  if (generation_ == 0) return;
  const std::uint64_t was = std::exchange(generation_, 0);
  around_.serves_no_more(partition_, was, why);
}

released_ack replica::lost(std::unique_ptr<storage::commit_listener> listener) {
  return {std::move(listener), {}, {}, unknown_outcome};
}

} // namespace ropewalk::actors
