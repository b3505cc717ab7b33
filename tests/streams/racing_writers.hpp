#pragma once
// Writers that fill one stream against each other as fast as it takes records, each from what it knows of the end, and
// what became of every record. They run inside stream_world::run_until, one step after the other.

#include <map>
#include <set>

#include "tests/streams/stream_calls.hpp"

namespace ropewalk::tests {

class racing_writer {
public:
  racing_writer(replication::record_streams& streams, replication::stream_id which, std::string name)
      : streams_(streams), which_(which), name_(std::move(name)) {}

  // acknowledged: the highest sequence that any writer was told.
  void step(std::uint64_t& acknowledged);
  void stop() { stopping_ = true; }
  bool idle() const { return stopping_ && !publishing_ && !inspecting_; }

  const std::map<std::uint64_t, std::string>& stored() const { return stored_; }
  const std::set<std::string>& in_doubt() const { return in_doubt_; }
  // It does not know what became of its record, nor where the stream ends.
  bool in_the_dark() const { return inspecting_ != nullptr; }
  // Broken promises, as sentences.
  const std::vector<std::string>& complaints() const { return complaints_; }

private:
  void published(const replication::publish_outcome& o, std::uint64_t& acknowledged);

  replication::record_streams& streams_;
  const replication::stream_id which_;
  const std::string name_;
  std::uint64_t expected_ = 0, sent_ = 0;
  std::uint64_t acknowledged_before_ = 0; // when the inspection began
  std::string bytes_;
  std::shared_ptr<told<replication::publish_outcome>> publishing_;
  std::shared_ptr<told<replication::stream_facts>> inspecting_;
  bool stopping_ = false;
  std::map<std::uint64_t, std::string> stored_;
  std::set<std::string> in_doubt_;
  std::vector<std::string> complaints_;
};

} // namespace ropewalk::tests
