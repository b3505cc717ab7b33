#pragma once
// The file of a cluster, JSON or YAML; the same one for all of its members:
//
//   cluster: prod               # id, [A-Za-z0-9_-]{1,64}, for ever
//   members: [n1, n2, n3]       # names of nodes, as the cluster begins; later the chains say who counts
//   nats: [nats://a:4222, nats://b:4222]  # servers, where --nats is not given; one may stand alone
//   partitions: 16              # for ever; default 16
//   guaranteed_peers: 1         # N of `peers:N`; default half of the members
//   ack: log                    # local, log or peers, where a request asks for nothing; default log
//   stream_replicas: 1          # servers of NATS that hold each stream: 1, 3 or 5; default 1
//   lease: 3s                   # an owner that is silent for longer is replaced; default 3s

#include <string>
#include <string_view>

#include "actors/cluster/cluster_settings.hpp"
#include "runtime/result.hpp"

namespace ropewalk::cli {

// Errors name the file, the line of YAML and the field.
result<actors::cluster_settings> read_cluster_file(const std::string& path);
result<actors::cluster_settings> parse_cluster(std::string_view json);

} // namespace ropewalk::cli
