#include "transport/verb_counters.hpp"

#include <string>

namespace ropewalk::transport {

verb_counters::verb_counters() : counters_(new counter[verbs().size()]), last_errors_(verbs().size()) {}

void verb_counters::answered(const verb_spec& v, std::chrono::nanoseconds took) noexcept {
  counter& c = counters_[index_of(v)];
  c.requests.fetch_add(1, std::memory_order_relaxed);
  c.processing_ns.fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);
  c.took.add(took);
}

void verb_counters::refused(const verb_spec& v, std::chrono::nanoseconds took, const error& e) {
  answered(v, took);
  counters_[index_of(v)].errors.fetch_add(1, std::memory_order_relaxed);
  counters_[index_of(v)].by_code[static_cast<std::size_t>(e.code)].fetch_add(1, std::memory_order_relaxed);
  std::string text = std::to_string(status(e.code)) + ':' + (e.type.empty() ? std::string(name(e.code)) : e.type);
  const std::scoped_lock guard(texts_lock_);
  last_errors_[index_of(v)] = std::move(text);
}

std::uint64_t verb_counters::refused(const verb_spec& v, errc code) const noexcept {
  return counters_[index_of(v)].by_code[static_cast<std::size_t>(code)].load(std::memory_order_relaxed);
}

duration_histogram::counts verb_counters::durations(const verb_spec& v) const noexcept {
  return counters_[index_of(v)].took.read();
}

verb_statistics verb_counters::of(const verb_spec& v) const {
  const counter& c = counters_[index_of(v)];
  verb_statistics s{c.requests.load(std::memory_order_relaxed),
                    c.errors.load(std::memory_order_relaxed),
                    c.processing_ns.load(std::memory_order_relaxed),
                    {}};
  const std::scoped_lock guard(texts_lock_);
  s.last_error = last_errors_[index_of(v)];
  return s;
}

} // namespace ropewalk::transport
