#pragma once
// What operators ask of this very node (rw.node.<name>.…), given to the part of it that knows. Runs on a NATS thread and does not block.

#include <functional>

#include "actors/node_status.hpp"
#include "actors/request.hpp"
#include "transport/node_command.hpp"

namespace ropewalk::storage {
class view_applier;
}

namespace ropewalk::actors {

class chain_desk;
class checkpoint_refusals;
class cluster_member;
class journal_watch;
class quarantine_desk;

// All outlive the verbs.
struct operator_sources {
  const node_settings& settings;
  const journal_watch& watch;
  storage::view_applier& views;
  checkpoint_refusals& refusals;
  quarantine_desk& quarantine;
  chain_desk& chains;
  cluster_member* member; // null: a node alone
  std::function<node_figures()> figures;
  std::function<bool()> stopping; // the node takes no new work
};

class operator_verbs {
public:
  explicit operator_verbs(operator_sources of) : of_(std::move(of)) {}
  void answer(transport::node_command what, caller from) const;

private:
  void answer(transport::node_request what, caller from) const;
  void move(const transport::move_partition& what, caller from) const;
  void change(const transport::change_members& what, caller from) const;

  const operator_sources of_;
};

} // namespace ropewalk::actors
