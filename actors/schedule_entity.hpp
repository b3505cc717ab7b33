#pragma once
// One schedule, active in memory: the shell with the machine of schedules, an alarm for the next time, and what
// becomes of its starts.
//
// A start happens once, whatever dies in between: `fired` is durable before the instance is asked to begin, the
// instance's id follows from the scheduled time, and it answers a second request as the first one. The instance
// tells the schedule that it began, and how it ended; what is lost on the way is asked for again.
//
// While times are to come it does not leave memory: when they come follows from a time zone's rules, which change
// under a running node. roll_call brings it into memory.

#include <optional>

#include "actors/entity_shell.hpp"
#include "actors/schedule_rules.hpp"

namespace ropewalk::actors {

class schedule_entity final : public entity_shell<schedule_rules> {
public:
  using entity_shell::entity_shell;

private:
  void read(request_ptr r) override;
  void find_facts(request_ptr r, schedule::wanted_facts wanted) override;
  void began(const stored_entity& found) override;
  bool must_stay() const override;
  std::uint64_t held_bytes() const override;
  void prepare(schedule::decision& d, pending_write& write) override;
  bool tells_others(const schedule::decision& d) const override { return !d.effects.empty(); }
  void decided(const schedule::command& c, instant now) override;

  // The schedule's time zone as its file is now; null if it cannot be read.
  schedule::shared_zone zone() const;
  bool has_unanswered_start() const;
  bool awaits_answers() const; // to a start, or the end of what others wait for
  void send_to_self(schedule::command c);
  // Sets the alarm for the next time, and for asking again what was not answered.
  void arm(instant now);
  void alarm(std::uint64_t number);

  std::uint64_t alarm_ = 0; // of the newest alarm; older ones mean nothing
  std::optional<instant> armed_;
  std::optional<instant> ask_again_;  // when what is outstanding is sent again
  std::int64_t ask_pause_us_ = 0;     // 0: what is outstanding was not asked again yet
  std::uint64_t decided_version_ = 0; // after the last command
  bool woken_for_nothing_ = false;    // that was a wake, and changed nothing
};

} // namespace ropewalk::actors
