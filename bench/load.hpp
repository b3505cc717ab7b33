#pragma once
// A closed-loop load generator: K slots, each with one request in flight, over one connection. A slot sends
// its next request when its reply arrives, so K is the load and nothing queues in the generator.
//
//   nats_connection client{url, "load"};
//   const auto result = run_load(client, {.in_flight = 64}, [&](request& out, std::size_t slot,
//   std::uint64_t) {
//     out.subject = "bench.echo.same";
//     out.body = payload;
//   });
//   result.rate(); result.latency.percentile(0.99);
//
// Latency is that of each request, from just before its publish to the arrival of its reply. An error reply,
// a request without an answer or a lost connection ends the run with std::runtime_error: a rate that counts
// refusals would flatter.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "bench/nats_client.hpp"
#include "bench/statistics.hpp"

namespace ropewalk::bench {

/// Kept by its slot from one request to the next, so that filling it need not allocate.
struct request {
  std::string subject;
  std::string body;
};

/// Fills `out` for the `number`-th request of the run (0, 1, ..., gapless over all slots). Calls never
/// overlap.
using request_source = std::function<void(request& out, std::size_t slot, std::uint64_t number)>;

struct load_plan {
  std::size_t in_flight = 1;
  std::chrono::milliseconds warm_up{500};
  std::chrono::milliseconds measured{3000};
  /// Not 0: exactly so many requests, all of them measured, and no warm-up; `measured` is not looked at.
  std::uint64_t requests = 0;
  /// Longer than any stall that is worth measuring: an election, a checkpoint, a cold load.
  std::chrono::milliseconds reply_time_out{15'000};
};

struct load_result {
  latency_histogram latency;                ///< of the replies that arrived in the measured time
  std::uint64_t sent = 0;                   ///< all requests, warm-up and tail included; each was answered
  std::uint64_t reply_bytes = 0;            ///< of the measured replies
  std::chrono::duration<double> elapsed{0}; ///< the measured time

  double rate() const noexcept { return static_cast<double>(latency.count()) / elapsed.count(); }
  std::uint64_t mean_reply_bytes() const noexcept { return latency.count() == 0 ? 0 : reply_bytes / latency.count(); }
  figure summary() const noexcept { return {rate(), latency.percentile(0.5), latency.percentile(0.99), latency.max()}; }
};

load_result run_load(nats_connection& client, const load_plan& plan, const request_source& next_request);

} // namespace ropewalk::bench
