// What must hold when all is healed.

#include <algorithm>
#include <sstream>

#include "tests/sim/sim_world.hpp"
#include "tests/support/append_order.hpp"

namespace ropewalk::sim {

namespace {

constexpr std::uint64_t often_too_large = 20; // tries of one record in a world: who tries without a pause has thousands

} // namespace

bool sim_world::settled() const {
  std::size_t serving = 0;
  const chain_point* first = nullptr;
  const configuration* now = members_now();
  if (!now || now->next) return false;
  for (const auto& n : nodes) {
    if (!n->in_use) continue;
    if (!now->has(n->name)) { // a removed one knows it, one that was never added nothing
      if (!n->logic || !n->logic->outsider() || n->logic->serving()) return false;
      continue;
    }
    if (!n->logic || !n->disk.content().standing.full) return false;
    serving += n->logic->serving() ? 1 : 0;
    const disk_content& d = n->disk.content();
    if (d.chain.size() != d.accepted.index) return false;
    if (!first) first = &d.accepted;
    if (*first != d.accepted) return false;
  }
  return serving == 1 && std::all_of(history_.begin(), history_.end(), [](const auto& op) { return op->answered_us; });
}

// What a node had before it became a member is in the chain of every owner, and nobody ever cuts it.
void sim_world::check_history(const sim_node& n) {
  const disk_content& d = n.disk.content();
  for (std::size_t i = 0; i < alone_.size(); ++i)
    if (d.chain.size() <= i || d.chain[i]->hash != alone_[i])
      return violated("entry " + std::to_string(i + 1) + " from before the cluster is not in the chain of " + n.name);
  for (const entry_ptr& e : d.quarantine)
    if (e->index <= alone_.size() && alone_[e->index - 1] == e->hash)
      return violated(n.name + " cut entry " + std::to_string(e->index) + ", which is from before the cluster");
}

// Of members that begin with different histories.
void sim_world::check_nobody_began() {
  std::size_t entries = 0;
  for (const auto& n : nodes) {
    const disk_content& d = n->disk.content();
    if (d.standing.full) return violated(n->name + " stands, although members began with different histories");
    if (!d.quarantine.empty()) return violated(n->name + " cut one of two histories");
    for (const entry_ptr& e : d.chain) entries += e->event.body.starts_with("alone-" + n->name + "-") ? 1 : 0;
  }
  if (entries != alone_.size()) return violated("entries of two histories are gone");
  if (told_operator_ == 0) violated("nobody tells the operator that members began with different histories");
}

void sim_world::check_end() {
  if (!settled()) {
    std::ostringstream out;
    out << "not live and equal after healing:";
    for (const auto& n : nodes) {
      if (!n->logic) continue;
      const disk_content& d = n->disk.content();
      out << "\n  " << n->name << " " << n->logic->stage_name() << " epoch " << n->logic->epoch() << " promised "
          << n->logic->promised().epoch << " accepted " << short_text(d.accepted) << " chain " << d.chain.size()
          << " generation " << d.position.generation << "/" << d.position.sequence
          << (d.standing.full ? "" : ", without standing") << (n->logic->serving() ? ", serves" : "");
    }
    std::size_t open = 0;
    for (const auto& op : history_) open += op->answered_us ? 0 : 1;
    out << "\n  operations without an answer: " << open;
    return violated(out.str());
  }
  // One that died and was not removed in time says no more what it knows.
  const auto gone = [&](const auto& n) { return !n->in_use && members_now()->has(n->name); };
  if (options.upgrade && members_now()->level != program_level + 1 && std::none_of(nodes.begin(), nodes.end(), gone))
    return violated("all members know level " + std::to_string(program_level + 1) + ", the chain is at " +
                    std::to_string(members_now()->level));
  if (streams.most_too_large > often_too_large)
    return violated("a record that is too large was published " + std::to_string(streams.most_too_large) + " times");
  const sim_node& member = **std::find_if(nodes.begin(), nodes.end(),
                                          [&](const auto& n) { return n->in_use && members_now()->has(n->name); });
  const disk_content& chain = member.disk.content();
  for (const auto& n : nodes)
    if (n->in_use && n->disk.content().accepted.index >= alone_.size()) check_history(*n);
  for (const auto& n : nodes) {
    if (!n->in_use || !members_now()->has(n->name)) continue; // what it accepted last may have come to nothing since
    for (std::size_t i = 0; i < chain.chain.size(); ++i)
      if (n->disk.content().chain[i]->hash != chain.chain[i]->hash)
        return violated("I1: " + n->name + " holds another entry at index " + std::to_string(i + 1));
  }
  if (chain.chain.size() < committed_.size()) return violated("I2: the chain at the end is shorter than what was held");
  for (std::size_t i = 0; i < committed_.size(); ++i)
    if (chain.chain[i]->hash != committed_[i])
      return violated("I2: entry " + std::to_string(i + 1) + " is not the one that N+1 members held");
  check_acknowledged(chain);
  check_reads(chain);
}

void sim_world::check_acknowledged(const disk_content& chain) {
  std::map<std::string, std::uint64_t> executed;
  for (const entry_ptr& e : chain.chain)
    if (e->entity.kind == entity_kind::thread && ++executed[e->event.body] > 1)
      return violated("I6: " + e->event.body + " was executed twice");
  for (const auto& op : history_) {
    if (op->is_read && op->seq == 0) continue;
    const bool there = op->index <= chain.chain.size() && chain.chain[op->index - 1]->hash == op->hash;
    if (there) continue;
    // What is in the stream outlives any disk; whoever read it may have acted on it.
    if (op->is_read) {
      if (data_faults_ == 0)
        return violated("entry " + std::to_string(op->index) +
                        ", shown to a reader, is lost although NATS lost nothing");
      continue;
    }
    const std::string what = op->key + ", acknowledged as entry " + std::to_string(op->index);
    if (op->level == ack_level::peers) return violated("I2: " + what + " at `peers`, is lost");
    if (op->level == ack_level::log && data_faults_ == 0)
      return violated("`log`: " + what + ", is lost although NATS lost nothing");
    // Superseded, but never silently: who had it keeps it in quarantine, unless its disk went (I9).
    bool visible = false;
    for (const auto& n : nodes)
      for (const entry_ptr& e : n->disk.content().quarantine) visible = visible || e->hash == op->hash;
    for (const auto& n : nodes) // who was removed keeps it where it was
      if (!members_now()->has(n->name))
        for (const entry_ptr& e : n->disk.content().chain) visible = visible || e->hash == op->hash;
    const sim_node& by = *nodes[op->answered_by];
    if (!visible && by.wipes == op->answered_wipes) return violated("I9: " + what + ", is gone without a trace");
  }
}

// Appends of one thread and reads of it, against real time.
void sim_world::check_reads(const disk_content& chain) {
  const auto stands = [&](const client_operation& op) {
    return op.index <= chain.chain.size() && (op.index == 0 || chain.chain[op.index - 1]->hash == op.hash);
  };
  for (std::uint32_t thread = 0; thread < options.threads; ++thread) {
    std::vector<tests::timed_append> appends;
    std::vector<tests::timed_read> reads;
    for (const auto& op : history_) {
      if (op->thread != thread || !op->answered_us) continue;
      if (op->is_read) {
        tests::timed_read r{op->asked_us, *op->answered_us, op->seq, {}, stands(*op)};
        if (op->seq > 0 && r.lasts) r.shown.emplace_back(op->seq, chain.chain[op->index - 1]->event.body);
        reads.push_back(std::move(r));
      } else if (stands(*op)) {
        appends.push_back({op->asked_us, op->answered_us, op->seq, op->key});
      }
    }
    if (const auto wrong = tests::order_fault(appends, reads))
      return violated("linearizability: thread " + std::to_string(thread) + ": " + *wrong);
  }
}

} // namespace ropewalk::sim
