#pragma once
// Whether a stream is there and where it ends, asked so that the answer can be relied on. What nats-server 2.9 says by
// itself cannot, while it elects or has just started:
//
//   - STREAM.INFO is answered by any server that holds a copy when the stream has no leader, and by a new leader
//     before it has applied what it holds. So the end is asked for with a publish whose fence cannot hold: it goes
//     through the stream's own log, and its refusal names the last sequence at that place.
//   - "stream not found" is also said by a server that has not made the stream yet, and by a leader of the cluster's
//     own log that has not applied the newest of it. So it counts only if the list of streams says so as well, and
//     both say it again a while later.

#include <chrono>
#include <functional>
#include <memory>

#include "transport/jetstream_answers.hpp"
#include "transport/jetstream_requests.hpp"
#include "transport/stream_names.hpp"

namespace ropewalk::transport {

struct stream_look {
  replication::stream_facts::kind what = replication::stream_facts::kind::unknown;
  stream_answer facts = {}; // of `present`
};

class stream_inquiry {
public:
  // on_problem: errors of the API that mean nothing to us.
  stream_inquiry(jetstream_requests& requests, const stream_names& names,
                 std::function<void(const jetstream_problem&)> on_problem)
      : requests_(requests), names_(names), on_problem_(std::move(on_problem)) {}

  // What its leader says now, perhaps a moment old. wait: for its first answer; a stream that seems missing takes longer.
  void look(replication::stream_id which, std::chrono::milliseconds wait, std::function<void(const stream_look&)> then);
  // At least as new as all that was acknowledged before the call. While the stream has no leader it is asked again and again, up to
  // `wait`, so that the answer comes with the next leader; `unknown` after that.
  void position(replication::stream_id which, std::chrono::milliseconds wait,
                std::function<void(replication::stream_facts)> then);
  // After somebody said "stream not found": whether it is so.
  void confirm_missing(replication::stream_id which, std::function<void(bool)> then) { confirm(which, 1, then); }

private:
  struct search;
  void confirm(replication::stream_id which, int again, std::function<void(bool)> then);
  void search_on(const std::shared_ptr<search>& s);
  void look_for(const std::shared_ptr<search>& s);
  void position_known(replication::stream_id which, std::uint64_t last, std::chrono::milliseconds wait,
                      std::function<void(replication::stream_facts)> then);
  void newest_known(replication::stream_id which, const replication::stream_facts& so_far,
                    std::chrono::milliseconds wait, std::function<void(replication::stream_facts)> then);

  jetstream_requests& requests_;
  const stream_names& names_;
  const std::function<void(const jetstream_problem&)> on_problem_;
};

// The header that makes a publish conditional. For 0 as well: the client library's own option means "not set" by 0.
inline constexpr std::string_view fence_header = "Nats-Expected-Last-Sequence";

} // namespace ropewalk::transport
