#pragma once
// When a partition's stream is asked whether it is there, although nobody has a question: a rule without a clock or a thread.
//
//   s.asked(now);  s.wrote(which);  if (const auto which = s.to_ask(now)) inspect(*which);
//
// A node that wrote to a stream last does not hear of its end otherwise. Who reads it does, but for an owner, which reads only to
// look a record up.

#include <chrono>
#include <optional>

#include "runtime/replication/record_streams.hpp"

namespace ropewalk::actors {

class idle_stream {
public:
  using time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds long_enough{5};

  void asked(time now) { last_ = now; }
  void wrote(replication::stream_id which) {
    written_ = which;
    read_since_ = false;
  }
  void read() { read_since_ = true; }
  bool is_served() const { return served_; }
  void served(bool here) { served_ = here; } // this node owns the partition, or does so no more

  std::optional<replication::stream_id> to_ask(time now) const {
    return (served_ || !read_since_) && now - last_ >= long_enough ? written_ : std::nullopt;
  }

private:
  time last_;
  std::optional<replication::stream_id> written_;
  bool read_since_ = false, served_ = false;
};

} // namespace ropewalk::actors
