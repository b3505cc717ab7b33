#include "actors/recorded_states.hpp"

#include "actors/told_checkpoints.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::size_t entries_at_once = 1'000;

error version_not_found(const entity_key& who, std::uint64_t version) {
  return {errc::not_found, "version_not_found", "workflow \"" + who.id + "\" has no version " + std::to_string(version),
          "version"};
}

error ambiguous(const std::string& id) {
  return {errc::conflict, "ambiguous_id", "several checkpoints begin with \"" + id + "\"", "checkpoint"};
}

} // namespace

result<std::uint64_t> recorded_states::newest_version(const entity_key& who) {
  auto version = views_.version_of(who);
  if (version && *version == 0)
    return error{errc::not_found, "workflow_not_found", "there is no workflow \"" + who.id + "\"; start it first",
                 "workflow"};
  return version;
}

result<std::vector<entry>> recorded_states::entries(const entity_key& who, std::uint64_t after, std::size_t limit) {
  auto positions = views_.positions_after(who, after, limit);
  if (!positions) return positions.error();
  return files_.journal.read_at(*positions);
}

result<recorded_instance> recorded_states::fold(const entity_key& who, recorded_instance base, std::uint64_t version) {
  while (base.state.version < version) {
    auto next =
        entries(who, base.state.version, std::min<std::uint64_t>(entries_at_once, version - base.state.version));
    if (!next) return next.error();
    if (next->empty()) return version_not_found(who, version);
    for (const entry& e : *next)
      if (auto fine = workflow::apply_entry(base.state, e.event); !fine) return fine.error();
  }
  return base;
}

result<recorded_instance> recorded_states::at(const entity_key& who, std::uint64_t version) {
  auto newest = newest_version(who);
  if (!newest) return newest.error();
  if (version == 0 || version > *newest) return version_not_found(who, version);
  auto base = base_of(who, version);
  if (!base) return base.error();
  return fold(who, *std::move(base), version);
}

// The newest checkpoint at or below that verifies and can be understood.
result<recorded_instance> recorded_states::base_of(const entity_key& who, std::uint64_t version) {
  const auto refuse = [&](const storage::checkpoint_info& c, const error& why) {
    refused_(who, {c.about.id, c.about.version, why});
  };
  while (true) {
    auto checkpoint = files_.checkpoints.newest_good(keys_, who, version, refuse);
    if (!checkpoint) return checkpoint.error();
    if (!*checkpoint) return recorded_instance{};
    const storage::seal_context& about = (*checkpoint)->info.about;
    auto state = workflow::decode_state((*checkpoint)->state);
    if (state) return recorded_instance{*std::move(state), about.id};
    refuse((*checkpoint)->info, not_understood(state.error()));
    version = about.version - 1;
  }
}

result<std::deque<storage::seal_context>> recorded_states::told_by_journal(const entity_key& who) {
  if (in_.told == 0) return std::deque<storage::seal_context>{};
  told_checkpoints told(in_.cluster, who, in_.told);
  for (std::uint64_t after = 0;;) {
    const auto next = entries(who, after, entries_at_once);
    if (!next) return next.error();
    if (next->empty()) return told.take();
    for (const entry& e : *next) told.add(e);
    after = next->back().event.version;
  }
}

// Not on this disk, by its id or the beginning of one.
result<recorded_instance> recorded_states::at_told(const entity_key& who, const std::string& id, const error& not_here) {
  if (not_here.code != errc::not_found || id.empty()) return not_here;
  const auto told = told_by_journal(who);
  if (!told) return told.error();
  const storage::seal_context* found = nullptr;
  for (const storage::seal_context& c : *told) {
    if (!c.id.starts_with(id)) continue;
    if (found) return ambiguous(id);
    found = &c;
  }
  return found ? at(who, found->version) : result<recorded_instance>(not_here);
}

result<recorded_instance> recorded_states::at(const entity_key& who, const workflow::recorded_state& where) {
  if (where.version) return at(who, *where.version);
  if (!where.checkpoint) {
    auto newest = newest_version(who);
    if (!newest) return newest.error();
    return at(who, *newest);
  }
  auto found = files_.checkpoints.find(who, *where.checkpoint);
  if (!found) return at_told(who, *where.checkpoint, found.error());
  if (*where.checkpoint != found->about.id) // the beginning of an id: of one that is not here, too?
    if (const auto told = told_by_journal(who))
      for (const storage::seal_context& c : *told)
        if (c.id != found->about.id && c.id.starts_with(*where.checkpoint)) return ambiguous(*where.checkpoint);
  auto checkpoint = files_.checkpoints.load(keys_, *found);
  if (!checkpoint) return checkpoint.error();
  auto state = workflow::decode_state(checkpoint->state);
  if (!state) return state.error();
  return recorded_instance{*std::move(state), found->about.id};
}

} // namespace ropewalk::actors
