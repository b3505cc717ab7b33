#include "tests/cluster_chaos/checks.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/append_order.hpp"

namespace ropewalk::chaos {
namespace {

constexpr std::size_t most_violations = 50; // of one check: enough to see what it is

class judgement {
public:
  judgement(const history& told, const std::vector<write_record>& earlier, const evidence& found, allowance allowed)
      : told_(told), earlier_(earlier), found_(found), allowed_(allowed) {}

  verdict run() {
    for (const auto& r : told_.refusals) wrong("refused: " + r);
    check_members();
    for (const write_record& w : earlier_)
      if (!stands(w)) wrong("I2: " + text(w) + ", held by all members before, is lost");
    for (const write_record& w : told_.writes) check_write(w);
    check_contents();
    check_order();
    return std::move(v_);
  }

private:
  void wrong(std::string what) {
    if (v_.violations.size() < most_violations) v_.violations.push_back(std::move(what));
  }

  static std::string text(const write_record& w) {
    return std::string(w.is_edit ? "the edit " : "the append ") + w.content + " of " + w.thread + " as " +
           std::to_string(w.number) + ", acknowledged at `" + name(w.asked_level) + "` as entry " +
           std::to_string(w.index) + " of partition " + std::to_string(w.partition);
  }

  bool stands(const write_record& w) const {
    const auto& chains = found_.members.front().chain;
    const auto chain = chains.find(w.partition);
    return chain != chains.end() && w.index >= 1 && w.index <= chain->second.size() &&
           chain->second[w.index - 1] == w.hash;
  }

  void check_members() {
    const member_evidence& first = found_.members.front();
    for (const member_evidence& m : found_.members) {
      if (!m.damage.empty()) wrong("the journal of " + m.name + " does not verify: " + m.damage);
      if (m.quarantine_told < m.quarantine.size())
        wrong("I9: " + m.name + " has " + std::to_string(m.quarantine.size()) + " entries in quarantine and tells of " +
              std::to_string(m.quarantine_told));
      for (const auto& [partition, chain] : first.chain) {
        const auto its = m.chain.find(partition);
        static const std::vector<std::string> none;
        const auto& other = its == m.chain.end() ? none : its->second;
        const auto at = std::mismatch(chain.begin(), chain.end(), other.begin(), other.end()).first - chain.begin();
        if (chain != other)
          wrong("I1: partition " + std::to_string(partition) + " of " + m.name + " is another one than " + first.name +
                "'s from index " + std::to_string(at + 1) + " on; they have " + std::to_string(other.size()) + " and " +
                std::to_string(chain.size()) + " entries");
      }
      if (m.chain.size() != first.chain.size()) wrong("I1: " + m.name + " has other partitions than " + first.name);
      for (const auto& [part, digest] : first.views)
        if (m.views.at(part) != digest) wrong("I11: the views of " + m.name + " and " + first.name + " differ in " + part);
    }
  }

  void check_write(const write_record& w) {
    static const std::map<std::string, int> rank{{"local", 0}, {"log", 1}, {"peers", 2}};
    const auto reached = rank.find(w.durability);
    if (reached == rank.end() || reached->second < static_cast<int>(w.asked_level))
      wrong("I4: " + text(w) + " reached `" + w.durability + "` alone");
    if (stands(w)) {
      v_.standing.push_back(w);
      return;
    }
    const bool visible = std::any_of(found_.members.begin(), found_.members.end(),
                                     [&](const member_evidence& m) { return m.quarantine.contains(w.hash); });
    if (w.asked_level == level::peers) wrong("I2: " + text(w) + ", is lost" + (visible ? "; it is in quarantine" : ""));
    else if (w.asked_level == level::log && !allowed_.log_data)
      wrong("`log`: " + text(w) + ", is lost although NATS lost nothing" + (visible ? "; it is in quarantine" : ""));
    else if (visible) ++v_.superseded;
    else if (went_with_a_disk(w)) ++v_.gone;
    else wrong("I9: " + text(w) + ", is gone without a trace");
  }

  // Whoever wrote it keeps it, in the chain or in quarantine, as long as it has its disk.
  bool went_with_a_disk(const write_record& w) const {
    for (const member_evidence& m : found_.members)
      if (m.owned.contains({w.partition, w.epoch})) return allowed_.disks.contains(m.name);
    return !allowed_.disks.empty(); // what was logged last may be lost with a process
  }

  // Each thread holds what stands, at the place that was told, and everything once.
  void check_contents() {
    for (const auto& [id, thread] : found_.threads) {
      std::set<std::string> contents;
      std::uint64_t next = 1;
      for (const auto& [seq, content] : thread.messages) {
        if (seq != next) wrong(id + " has no message " + std::to_string(next));
        next = seq + 1;
        if (!contents.insert(content).second) wrong("I6: " + content + " stands twice in " + id);
      }
    }
    const auto all = [&](const std::vector<write_record>& writes) {
      for (const write_record& w : writes) {
        const auto thread = found_.threads.find(w.thread);
        if (thread == found_.threads.end() || w.is_edit) continue;
        const auto at = thread->second.messages.find(w.number);
        if (at == thread->second.messages.end() || at->second != w.content)
          wrong(text(w) + ", is not what its thread shows there: " +
                (at == thread->second.messages.end() ? "nothing" : at->second));
      }
    };
    all(earlier_);
    all(v_.standing);
    check_edits();
  }

  // The first message is as the last edit that stands has left it, and was edited as often as that.
  void check_edits() {
    std::map<std::string, std::map<std::uint64_t, const write_record*>> edits;
    const auto note = [&](const std::vector<write_record>& writes) {
      for (const write_record& w : writes) {
        if (!w.is_edit) continue;
        const auto [at, fresh] = edits[w.thread].emplace(w.number, &w);
        if (!fresh) wrong("I6: " + text(w) + ", has the revision of " + at->second->content);
      }
    };
    note(earlier_);
    note(v_.standing);
    for (const auto& [id, made] : edits) {
      const auto thread = found_.threads.find(id);
      if (thread == found_.threads.end()) continue;
      if (thread->second.first_revision != made.size() + 1)
        wrong("I6: message 1 of " + id + " has revision " + std::to_string(thread->second.first_revision) + " after " +
              std::to_string(made.size()) + " edits");
      const auto first = thread->second.messages.find(1);
      if (first == thread->second.messages.end() || first->second != made.rbegin()->second->content)
        wrong(text(*made.rbegin()->second) + ", is not what message 1 shows");
    }
  }

  void check_order() {
    struct timed {
      std::vector<tests::timed_append> writes;
      std::vector<tests::timed_read> reads;
    };
    std::map<std::pair<std::string, bool>, timed> all;
    for (const write_record& w : v_.standing)
      all[{w.thread, w.is_edit}].writes.push_back({w.asked_us, w.answered_us, w.number, w.content});
    for (const read_record& r : told_.reads) {
      const bool lasts = !allowed_.log_data || is_there(r); // what is shown is committed, as a write at `log` is
      all[{r.thread, r.of_first}].reads.push_back({r.asked_us, r.answered_us, r.number, r.shown, lasts});
      if (!allowed_.log_data) check_shown(r);
    }
    for (const auto& [of, ops] : all)
      if (auto fault = tests::order_fault(ops.writes, ops.reads))
        wrong("linearizability: " + of.first + (of.second ? ", message 1: " : ": ") + *fault);
  }

  // Whether all that it saw stands at the end, and shows that it does: a length alone shows nothing.
  bool is_there(const read_record& r) const {
    if (r.shown.empty() || r.shown.front().first != r.number) return false; // the newest one first
    const auto stands = [&](const auto& shown) {
      if (r.of_first)
        return std::any_of(v_.standing.begin(), v_.standing.end(), [&](const write_record& w) {
          return w.is_edit && w.thread == r.thread && w.number == shown.first && w.content == shown.second;
        });
      const auto thread = found_.threads.find(r.thread);
      if (thread == found_.threads.end()) return false;
      const auto at = thread->second.messages.find(shown.first);
      return at != thread->second.messages.end() && at->second == shown.second;
    };
    return std::all_of(r.shown.begin(), r.shown.end(), stands);
  }

  // What a read has shown is there at the end.
  void check_shown(const read_record& r) {
    const auto thread = found_.threads.find(r.thread);
    if (thread == found_.threads.end() || r.of_first) return; // what message 1 was since is compared with its edits
    for (const auto& [seq, content] : r.shown) {
      const auto at = thread->second.messages.find(seq);
      if (at == thread->second.messages.end() || at->second != content)
        wrong("a read of " + r.thread + " showed " + content + " as message " + std::to_string(seq) +
              ", which is not there");
    }
  }

  const history& told_;
  const std::vector<write_record>& earlier_;
  const evidence& found_;
  const allowance allowed_;
  verdict v_;
};

} // namespace

verdict check(const history& told, const std::vector<write_record>& earlier, const evidence& found, allowance allowed) {
  return judgement(told, earlier, found, allowed).run();
}

} // namespace ropewalk::chaos
