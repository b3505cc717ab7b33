#pragma once
// A thread as the journal alone tells it: its events folded anew from the first one, each entry with its hash checked,
// and where the bytes of each live message stand. The views are asked for nothing but the entries' positions.
//
//   reading_budget budget;
//   recorded_thread t(views, journal, who, budget);
//   if (auto folded = t.fold_to(version); !folded) ...          // corrupt: the entry after t.state().version is bad
//   t.each_message([&](std::uint64_t seq, std::string_view json) { ...; return true; });

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/thread/state.hpp"
#include "storage/journal_reader.hpp"
#include "storage/view_reader.hpp"

namespace ropewalk::storage {

// Entries that one answer may cost, a fork's ancestors included: half a minute of work at the most (I10).
struct reading_budget {
  std::uint64_t entries = 1'000'000;
};

class recorded_thread {
public:
  recorded_thread(view_reader& views, journal_reader& journal, entity_key who, reading_budget& budget)
      : views_(views), journal_(journal), who_(std::move(who)), budget_(budget) {}

  // Goes on from where it is. corrupt: an entry is missing, of another thread, does not verify, or cannot come next; the
  // state is then the one before it. limit "thread_too_long": the budget is used up.
  status_result fold_to(std::uint64_t version);

  const thread::thread_state& state() const noexcept { return state_; }
  // Of the last entry folded; its event is left out.
  const entry& last() const noexcept { return last_; }

  // The live messages, oldest first, until take says false. Errors as of fold_to.
  status_result each_message(const std::function<bool(std::uint64_t seq, std::string_view json)>& take);
  // Of the live messages, see runtime/thread/snapshot.hpp.
  result<digest> content();

private:
  status_result follow_all(std::span<const std::uint64_t> positions);
  status_result follow(const entry& e);
  status_result inherit(const thread::fork_origin& origin);
  void forget_ended();
  status_result spend(std::uint64_t entries);

  view_reader& views_;
  journal_reader& journal_;
  const entity_key who_;
  reading_budget& budget_;
  thread::thread_state state_;
  entry last_;
  std::map<std::uint64_t, std::uint64_t> places_; // position of the entry that holds a message, by seq
};

} // namespace ropewalk::storage
