#include "actors/workflow_replay.hpp"

#include "runtime/workflow/replay.hpp"
#include "runtime/workflow/replies.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::size_t replayed_at_once = 500;

} // namespace

result<std::string> answer_replay(recorded_states& states, const entity_key& who, const workflow::replay_from& what) {
  workflow::workflow_state from;
  if (what.at.version || what.at.checkpoint) {
    auto base = states.at(who, what.at);
    if (!base) return base.error();
    from = std::move(base->state);
  }
  std::uint64_t version = from.version;
  workflow::replayer replayer(who, std::move(from));
  while (true) {
    auto page = states.entries(who, version, replayed_at_once);
    if (!page) return page.error();
    for (const entry& e : *page)
      if (auto taken = replayer.take(e.event); !taken) return taken.error();
    version += page->size();
    if (page->size() < replayed_at_once) break;
  }
  auto report = replayer.finish();
  if (!report) return report.error();
  return workflow::replay_reply(*report);
}

} // namespace ropewalk::actors
