#pragma once
// The output gate of one write (I4): reply, live events and effects wait here until the journal says that
// the entries behind them are durable.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/entity_environment.hpp"

namespace ropewalk::actors {

class pending_write final : public storage::commit_listener {
public:
  pending_write(entity_environment& env, entity_key who, std::shared_ptr<durability_gate> gate)
      : env_(env), who_(std::move(who)), gate_(std::move(gate)) {}

  void on_durable(std::span<const entry> entries, const receipt& r) override;
  void on_failed(const error& why) override;
  bool on_late(const error& why) override; // its caller's wait ends; effects go on waiting
  // A decision that changed nothing, once all that it saw is durable: no receipt and no event.
  void on_unchanged();

  ack_level level = ack_level::local;           // that is waited for
  std::optional<caller> from;                   // answered with reply + receipt
  std::string reply;                            // "" with a caller: nothing to say yet
  std::shared_ptr<void> keep;                   // dropped with this
  std::vector<request_ptr> effects;             // routed after the commit
  std::function<void()> before_reply;           // on the journal's thread: what whoever is answered may rely on
  std::function<void(const receipt&)> and_then; // on the journal's thread; must not block
  std::function<void()> outward;                // likewise; what leaves the node
  std::function<void()> done;                   // likewise, last
  std::function<void(const error&)> failed;     // instead, likewise

private:
  void go_out();

  entity_environment& env_;
  entity_key who_;
  std::shared_ptr<durability_gate> gate_;
};

// Runs its function once everything the entity wrote before is durable.
class read_barrier final : public storage::commit_listener {
public:
  // for_caller: of somebody who does not wait for ever. gate: of an entity whose writes are on the disk when this is told, but
  // perhaps not acknowledged yet, as those of a higher level: what is looked up then must show them.
  explicit read_barrier(std::function<void(status_result)> done, bool for_caller = false,
                        std::shared_ptr<durability_gate> gate = nullptr)
      : done_(std::move(done)), for_caller_(for_caller), gate_(std::move(gate)) {}
  bool on_late(const error& why) override {
    if (for_caller_) done_(why);
    return for_caller_;
  }
  bool may_be_refused() const override { return for_caller_; }
  void on_durable(std::span<const entry>, const receipt& r) override {
    if (gate_) gate_->raise_position(r.position);
    done_(ok());
  }
  void on_failed(const error& why) override { done_(why); }

private:
  std::function<void(status_result)> done_;
  const bool for_caller_;
  const std::shared_ptr<durability_gate> gate_;
};

// {"type":"appended","thread":"t42","version":7,"time":"…","seq":3, …the event body's fields…}. Every event has
// one, so that versions have no gaps to a watcher; what is the runtime's own business shows no more than that.
std::string live_event(const entry& e);

} // namespace ropewalk::actors
