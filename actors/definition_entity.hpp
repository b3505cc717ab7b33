#pragma once
// All versions of one definition, active in memory. Whoever starts instances learns of new versions at once.

#include "actors/definition_rules.hpp"
#include "actors/entity_shell.hpp"

namespace ropewalk::actors {

class definition_entity final : public entity_shell<definition_rules> {
public:
  using entity_shell::entity_shell;

private:
  void read(request_ptr r) override;
  std::uint64_t held_bytes() const override { return entity_shell::held_bytes() + state_.document_bytes; }
  void prepare(workflow::book::decision& d, pending_write& write) override;
};

} // namespace ropewalk::actors
