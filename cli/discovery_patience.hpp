#pragma once
// How long discovery listens: nobody knows how many nodes there are. Those that run answer in a millisecond or two, and in a
// second or two where the machine is busy.
//
//   discovery_patience p(300ms, 5s);
//   while (p.left(now) > 0ms) if (answer comes within it) p.heard(now);

#include <algorithm>
#include <chrono>
#include <optional>

namespace ropewalk::cli {

class discovery_patience {
public:
  using span = std::chrono::milliseconds; // since the question
  // Nobody new for `quiet`: those are all. Nobody at all: until `longest`, and never longer.
  discovery_patience(span quiet, span longest) : quiet_(quiet), longest_(std::max(quiet, longest)) {}
  void heard(span now) { last_ = now; }
  span left(span now) const { return (last_ ? std::min(*last_ + quiet_, longest_) : longest_) - now; }

private:
  const span quiet_, longest_;
  std::optional<span> last_;
};

} // namespace ropewalk::cli
