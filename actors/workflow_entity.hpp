#pragma once
// One workflow instance, active in memory: the shell with the machine of instances, and what only instances have:
// checkpoints, work that is handed out, an alarm for the next timer, and callers who wait for the end.

#include <list>
#include <string>
#include <vector>

#include "actors/entity_shell.hpp"
#include "actors/recent_steps.hpp"
#include "actors/workflow_rules.hpp"
#include "runtime/workflow/liveness.hpp"

namespace ropewalk::actors {

class workflow_entity final : public entity_shell<workflow_rules> {
public:
  using entity_shell::entity_shell;

private:
  void read(request_ptr r) override;
  void find_facts(request_ptr r, workflow::wanted_facts wanted) override;
  void applied(const workflow::event& e) override;
  void began(const stored_entity& found) override;
  bool must_stay() const override;
  std::uint64_t held_bytes() const override;
  bool keeps_snapshots() const override { return false; } // checkpoints do it
  void prepare(workflow::decision& d, pending_write& write) override;
  bool tells_others(const workflow::decision& d) const override;
  bool may_be_put_off(const workflow::command& c) const override;
  std::unique_ptr<storage::checkpoint_change> checkpoint(const workflow::decision& d, bool due) override;
  void decided(const workflow::command& c, instant now) override;
  void not_sent() override;

  void find_recorded(request_ptr r, std::uint64_t version);
  void send_to_self(workflow::command c);
  void note_child(const workflow::child_begun& c);
  void look_at_unsure_children();
  void wait_for_end(shared_caller from, std::uint32_t seconds);
  void tell_ended();
  // Sets the alarm for the next moment at which something is to be done.
  void arm(instant now);
  void alarm(std::uint64_t number);

  struct waiting_caller {
    shared_caller from;
    instant until;
  };

  workflow::liveness alive_;
  recent_steps recent_steps_;
  std::list<waiting_caller> waiting_for_end_; // bounded by the node's admission of requests
  std::string last_checkpoint_;               // id
  std::uint64_t checkpoints_ = 0;             // made by this actor
  std::uint64_t alarm_ = 0;                   // of the newest alarm; older ones mean nothing
  std::optional<instant> armed_;
  std::uint64_t decided_version_ = 0; // after the last command
  std::vector<workflow::child_begun> unsure_children_; // perhaps awaited
  bool recovers_later_ = false;
  bool woken_for_nothing_ = false; // that was a wake, and changed nothing
};

} // namespace ropewalk::actors
