#include "storage/recorded_thread.hpp"

#include <algorithm>

#include "runtime/overloaded.hpp"
#include "storage/live_seqs.hpp"
#include "storage/message_reads.hpp"
#include "storage/sha256_stream.hpp"

namespace ropewalk::storage {
namespace {

constexpr std::size_t entries_at_once = 64; // each may have a megabyte

error bad_entry(std::uint64_t version, const std::string& why) {
  return {errc::corrupt, "entry_damaged", "the entry of version " + std::to_string(version) + ": " + why, {}};
}

} // namespace

status_result recorded_thread::spend(std::uint64_t entries) {
  if (entries > budget_.entries)
    return error{errc::limit,
                 "thread_too_long",
                 "the thread has too many entries to be read at once; verify the node's directory as a whole",
                 {}};
  budget_.entries -= entries;
  return ok();
}

status_result recorded_thread::fold_to(std::uint64_t version) {
  while (state_.version < version) {
    const auto count = std::min<std::uint64_t>(entries_at_once, version - state_.version);
    if (auto affordable = spend(count); !affordable) return affordable;
    const auto positions = views_.positions_after(who_, state_.version, count);
    if (!positions) return positions.error();
    if (positions->empty()) return bad_entry(state_.version + 1, "the views do not know where it stands");
    if (auto followed = follow_all(*positions); !followed) return followed;
    forget_ended();
  }
  return ok();
}

status_result recorded_thread::follow_all(std::span<const std::uint64_t> positions) {
  const auto entries = journal_.read_at(positions);
  if (entries) {
    for (const entry& e : *entries)
      if (auto followed = follow(e); !followed) return followed;
    return ok();
  }
  if (entries.error().code != errc::corrupt) return entries.error();
  if (positions.size() == 1) return bad_entry(state_.version + 1, entries.error().detail);
  for (const std::uint64_t& position : positions) // to go as far as the first bad one
    if (auto followed = follow_all({&position, 1}); !followed) return followed;
  return ok();
}

status_result recorded_thread::follow(const entry& e) {
  const std::uint64_t version = state_.version + 1;
  if (e.entity != who_) return bad_entry(version, "another entity's entry stands in its place");
  if (e.event.version != version)
    return bad_entry(version, "version " + std::to_string(e.event.version) + " stands in its place");
  if (e.event.time < state_.recorded_at) return bad_entry(version, "its time is before that of the one before");
  if (version > 1 && e.index <= last_.index) return bad_entry(version, "its index does not follow the one before");
  const auto links = journal_.links_of(e);
  if (!links) return links.error();
  if (*links == link_state::broken) return bad_entry(version, "the chain of its partition does not lead through it");
  if (*links == link_state::cut)
    return error{errc::unavailable, "entry_cut", "an entry was cut off while it was read; try again", {}};
  const auto event = thread::decode_event(e.event.type, e.event.body);
  if (!event) return bad_entry(version, event.error().detail);
  if (auto fine = thread::fits(state_, *event); !fine) return bad_entry(version, fine.error().detail);
  const auto held = [&](std::uint64_t seq) { places_[seq] = e.position; };
  if (const auto* c = std::get_if<thread::created>(&*event)) {
    places_.clear();
    if (c->origin)
      if (auto inherited = inherit(*c->origin); !inherited) return inherited;
  }
  if (const auto* a = std::get_if<thread::appended>(&*event)) held(a->seq);
  if (const auto* x = std::get_if<thread::edited>(&*event)) held(x->seq);
  thread::apply(state_, *event, e.event.time);
  last_ = e;
  last_.event = {};
  return ok();
}

// The parent's messages as they stood when it was forked; that one's parents are read likewise.
status_result recorded_thread::inherit(const thread::fork_origin& origin) {
  if (origin.lineage.empty()) return bad_entry(state_.version + 1, "a fork without a parent");
  const thread::ancestor& parent = origin.lineage.back();
  const entity_key its_key{who_.org, who_.kind, parent.thread};
  const auto partitions = journal_.meta().partitions;
  if (partition_of(its_key, partitions) != partition_of(who_, partitions)) {
    // On a member's disk its partition may stand behind this one's: nothing is wrong with that.
    const auto known = views_.version_of(its_key);
    if (!known) return known.error();
    if (*known < parent.version) return parent_behind(parent.thread);
  }
  recorded_thread from(views_, journal_, its_key, budget_);
  if (auto folded = from.fold_to(parent.version); !folded) {
    if (folded.error().code != errc::corrupt) return folded;
    return bad_entry(state_.version + 1, "its parent \"" + parent.thread + "\": " + folded.error().detail);
  }
  for (const auto& [seq, position] : from.places_)
    if (seq <= parent.seq && origin.inherited.is_live(seq)) places_[seq] = position;
  if (places_.size() != origin.inherited.count())
    return bad_entry(state_.version + 1,
                     "the parent \"" + parent.thread + "\" has not the messages that were inherited");
  return ok();
}

void recorded_thread::forget_ended() {
  std::erase_if(places_, [&](const auto& place) { return !state_.messages.is_live(place.first); });
}

status_result recorded_thread::each_message(const std::function<bool(std::uint64_t seq, std::string_view json)>& take) {
  page_query query;
  query.limit = entries_at_once;
  while (true) {
    const live_page page = live_seqs(state_.messages, query);
    if (page.seqs.empty()) return ok();
    std::vector<std::uint64_t> positions;
    for (const std::uint64_t seq : page.seqs) {
      const auto at = places_.find(seq);
      if (at == places_.end())
        return error{errc::corrupt, "entry_damaged", "no entry holds message " + std::to_string(seq), {}};
      positions.push_back(at->second);
    }
    const auto entries = journal_.read_at(positions);
    if (!entries) return entries.error();
    for (std::size_t i = 0; i < page.seqs.size(); ++i) {
      const auto event = thread::decode_event((*entries)[i].event.type, (*entries)[i].event.body);
      if (!event) return event.error();
      const auto json =
          std::visit(overloaded{[](const thread::appended& a) { return std::string_view(a.message_json); },
                                [](const thread::edited& x) { return std::string_view(x.message_json); },
                                [](const auto&) { return std::string_view{}; }},
                     *event);
      if (!take(page.seqs[i], json)) return ok();
    }
    query.after_seq = page.seqs.back();
  }
}

result<digest> recorded_thread::content() {
  sha256_stream sum;
  auto read = each_message([&](std::uint64_t, std::string_view json) {
    sum.add(json).add("\n");
    return true;
  });
  if (!read) return read.error();
  return sum.finish();
}

} // namespace ropewalk::storage
