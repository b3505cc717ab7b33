#pragma once
// Names of the JetStream streams that hold partitions' records:
//
//   stream   <PREFIX>_<cluster>_p00003_g00000000000000000007
//   subject  <prefix>.log.<cluster>.p00003.g00000000000000000007
//
// The digits are of fixed width, so that names sort as their ids do, and a cluster's id never runs into them: two
// clusters on one NATS cannot take each other's streams for their own.

#include <optional>
#include <string>
#include <string_view>

#include "runtime/replication/record_streams.hpp"

namespace ropewalk::transport {

class stream_names {
public:
  // cluster: is_valid_cluster_token(). prefix: is_valid_prefix() (subject.hpp).
  stream_names(std::string_view prefix, std::string_view cluster);

  std::string stream(replication::stream_id which) const;
  std::string subject(replication::stream_id which) const;
  std::string all_subjects() const { return subject_head_ + ">"; }
  // Only names that stream() gives.
  std::optional<replication::stream_id> parse(std::string_view stream) const;

private:
  std::string stream_head_, subject_head_;
};

// 1 to 64 of [A-Za-z0-9_-]: it stands in subjects and in names of folders.
bool is_valid_cluster_token(std::string_view cluster) noexcept;

} // namespace ropewalk::transport
