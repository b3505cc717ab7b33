#pragma once
// What was asked of this node, by verb. Counting is a few relaxed atomic additions; only an error takes a
// lock, for its text.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/duration_histogram.hpp"
#include "runtime/result.hpp"
#include "transport/verb_table.hpp"

namespace ropewalk::transport {

struct verb_statistics {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint64_t processing_ns = 0;
  std::string last_error; // "404:thread_not_found"; never a request's content
};

class verb_counters {
public:
  verb_counters();
  void answered(const verb_spec& v, std::chrono::nanoseconds took) noexcept;
  void refused(const verb_spec& v, std::chrono::nanoseconds took, const error& e);
  // Requests whose subject names no verb.
  void unknown_verb() noexcept { unknown_.fetch_add(1, std::memory_order_relaxed); }

  verb_statistics of(const verb_spec& v) const;
  std::uint64_t refused(const verb_spec& v, errc code) const noexcept;
  duration_histogram::counts durations(const verb_spec& v) const noexcept;
  std::uint64_t unknown_verbs() const noexcept { return unknown_.load(std::memory_order_relaxed); }

private:
  // Cache lines of their own: two delivery threads count different verbs without touching each other.
  struct alignas(64) counter {
    std::atomic<std::uint64_t> requests{0}, errors{0}, processing_ns{0};
    std::array<std::atomic<std::uint64_t>, errc_count> by_code{};
    duration_histogram took;
  };
  std::unique_ptr<counter[]> counters_;
  std::atomic<std::uint64_t> unknown_{0};
  mutable std::mutex texts_lock_;
  std::vector<std::string> last_errors_;
};

} // namespace ropewalk::transport
