#include "actors/operator_verbs.hpp"

#include <memory>
#include <utility>

#include "actors/chain_desk.hpp"
#include "actors/checkpoint_refusals.hpp"
#include "actors/cluster/cluster_member.hpp"
#include "actors/cluster/cluster_status.hpp"
#include "actors/journal_watch.hpp"
#include "actors/log.hpp"
#include "actors/quarantine_desk.hpp"
#include "runtime/overloaded.hpp"
#include "storage/view_applier.hpp"

namespace ropewalk::actors {
namespace {

error node_is_alone() {
  return {errc::unsupported, "no_cluster", "this node is alone: it owns all of its partitions", {}};
}

std::shared_ptr<caller> shared(caller from) { return std::make_shared<caller>(std::move(from)); }

} // namespace

void operator_verbs::answer(transport::node_request what, caller from) const {
  switch (what) {
  case transport::node_request::health: {
    const auto fatal = of_.watch.fatal();
    auto why = fatal ? std::optional(*fatal) : of_.views.failing();
    if (!why) why = of_.views.index_failing();
    const char* status = fatal ? "failed" : of_.stopping() ? "draining" : "ok";
    return from.answer(render_health(of_.settings.name, status, why ? why->detail : ""));
  }
  case transport::node_request::status: return from.answer(render_status(of_.settings, of_.figures()));
  case transport::node_request::refused_checkpoints: return from.answer(of_.refusals.render());
  case transport::node_request::partitions:
    if (!of_.member) return from.refuse(node_is_alone());
    return from.answer(render_partitions(*of_.member, of_.quarantine.open(), of_.figures().handed_on));
  case transport::node_request::rest:
    if (!of_.member) return from.refuse(node_is_alone());
    of_.member->rest();
    log_line(log_level::info, "is given nothing back any more, until its next start");
    return from.answer("{\"resting\":true}");
  case transport::node_request::rebuild_views:
    of_.views.rebuild();
    log_line(log_level::info, "rebuilding views");
    return from.answer("{\"started\":true}");
  }
}

void operator_verbs::move(const transport::move_partition& what, caller from) const {
  if (!of_.member) return from.refuse(node_is_alone());
  if (auto begun = of_.member->move(what.partition, what.to, !what.drain); !begun) return from.refuse(begun.error());
  if (what.drain) of_.member->rest();
  log_line(log_level::info, "moves a partition", {{"partition", std::to_string(what.partition)}, {"to", what.to}});
  from.answer("{\"started\":true}");
}

void operator_verbs::change(const transport::change_members& what, caller from) const {
  if (!of_.member) return from.refuse(node_is_alone());
  const replication::members_change wish{
      what.add, what.member,
      what.guaranteed_peers ? std::optional(static_cast<std::uint32_t>(what.guaranteed_peers)) : std::nullopt};
  const auto state = of_.member->change_members(what.partition, wish);
  if (!state) return from.refuse(state.error());
  from.answer(render_change(*state));
}

void operator_verbs::answer(transport::node_command what, caller from) const {
  std::visit(overloaded{
                 [&](transport::node_request question) { answer(question, std::move(from)); },
                 [&](const transport::move_partition& x) { move(x, std::move(from)); },
                 [&](const transport::change_members& x) { change(x, std::move(from)); },
                 [&](const transport::list_quarantine& x) { of_.quarantine.list(x, shared(std::move(from))); },
                 [&](const transport::get_quarantined& x) { of_.quarantine.get(x, shared(std::move(from))); },
                 [&](const transport::settle_quarantined& x) { of_.quarantine.settle(x, shared(std::move(from))); },
                 [&](const transport::read_chain& x) { of_.chains.chain(x, shared(std::move(from))); },
                 [&](const transport::verify_journal& x) { of_.chains.verify(x, std::move(from)); },
                 [&](const transport::relearn_partition& x) { of_.chains.relearn(x, shared(std::move(from))); },
             },
             what);
}

} // namespace ropewalk::actors
