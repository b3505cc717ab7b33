#pragma once
// Replay: decides anew what followed from a recorded state, and tells the first place where something else
// comes of it than the journal holds (a rule that changed, a history that was tampered with).
//
//   replayer r(key, *decode_state(bytes));           // or workflow_state{}: from the start
//   for (const entry& e : page) if (auto fine = r.take(e.event); !fine) return fine.error();
//   const replay_report report = *r.finish();        // report.first: nullopt if all is as it was
//
// The journal has what commands came to, not the commands. The first event of a command's batch is its *input*;
// the command is made again from it, with the recorded results, failures and times, and decided. Everything
// else in the batch must follow. After that the recorded events are applied, not the decided ones.
//
// What the rules do not say is not compared: the instants of deadlines and next attempts (whether there are any
// is), what a kept reply says (its form is a version's, and it shows much of the definition), the digest of a late
// result. Of an attempt that fell to a time-out only the signs of life are taken on trust: they are in no journal. A
// state from the middle of a batch (as checkpoints are) is joined where what comes next follows from it; what was
// recorded at the state's own instant before that is applied without being compared.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/workflow/state.hpp"

namespace ropewalk::workflow {

struct divergence {
  std::uint64_t version = 0;
  // Events are compact JSON, {"type":"scheduled","run":2,...}; of long ones the part around the first difference.
  std::string expected; // recorded; "nothing" if the history ends before it
  std::string got;      // decided; "nothing", or why it was refused: "workflow_closed: ..."
};

struct replay_report {
  std::uint64_t events = 0; // that came out as they are recorded
  std::optional<divergence> first;
};

struct recorded_event {
  entry_draft draft;
  event what;
};

class replayer {
public:
  replayer(entity_key who, workflow_state from);

  // The event of the next version; what comes after a divergence is not looked at. corrupt: a version is left
  // out, a body cannot be read, or an event that is not compared does not fit.
  status_result take(const entry_draft& next);
  // Once, after the last event of a command.
  result<replay_report> finish();

private:
  struct guess;

  status_result compare_moment(const recorded_event* after);
  status_result compare_next(const recorded_event* after);
  bool joins(const recorded_event& e) const noexcept;
  guess best_guess() const;
  status_result accept(std::size_t count, bool compared);
  void diverge(const guess& best, const recorded_event* after);

  const entity_key who_;
  workflow_state state_;
  const instant joined_at_;
  bool joining_;                       // the state may be from the middle of a batch
  bool note_due_ = false;              // a keyed command's reply may come next
  std::vector<recorded_event> moment_; // of one recorded time: no batch has more than one
  std::size_t next_ = 0;               // in moment_
  replay_report report_;
};

} // namespace ropewalk::workflow
