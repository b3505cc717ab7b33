#include "tests/streams/racing_writers.hpp"

#include <algorithm>

namespace ropewalk::tests {

using outcome_kind = replication::publish_outcome::kind;
using facts_kind = replication::stream_facts::kind;

void racing_writer::step(std::uint64_t& acknowledged) {
  if (publishing_) {
    if (!publishing_->there()) return;
    const auto outcome = std::exchange(publishing_, nullptr)->take();
    published(outcome, acknowledged);
  }
  if (inspecting_) {
    if (!inspecting_->there()) return;
    const auto facts = std::exchange(inspecting_, nullptr)->take();
    if (facts.what == facts_kind::missing) complaints_.push_back("inspect says missing");
    if (facts.what == facts_kind::present && facts.last < acknowledged_before_)
      complaints_.push_back("inspect says " + std::to_string(facts.last) + " after " +
                            std::to_string(acknowledged_before_) + " was acknowledged");
    if (facts.what == facts_kind::present) expected_ = facts.last;
    else if (!stopping_) published({}, acknowledged); // asks again
    if (inspecting_) return;
  }
  if (stopping_) return;
  bytes_ = name_ + " " + std::to_string(++sent_);
  publishing_ = begin_publish(streams_, which_, expected_, bytes_);
}

void racing_writer::published(const replication::publish_outcome& o, std::uint64_t& acknowledged) {
  switch (o.what) {
  case outcome_kind::stored:
    if (o.sequence != expected_ + 1)
      complaints_.push_back("stored at " + std::to_string(o.sequence) + " behind " + std::to_string(expected_));
    stored_[o.sequence] = bytes_;
    expected_ = o.sequence;
    acknowledged = std::max(acknowledged, o.sequence);
    return;
  case outcome_kind::refused: expected_ = o.sequence; return;
  case outcome_kind::unknown:
    in_doubt_.insert(bytes_);
    acknowledged_before_ = acknowledged;
    inspecting_ = begin_call<replication::stream_facts>([&](auto done) { streams_.inspect(which_, done); });
    return;
  case outcome_kind::missing:
  case outcome_kind::too_large: complaints_.push_back("a publish says that there is no such stream"); return;
  }
}

} // namespace ropewalk::tests
