#pragma once
// nats_options as the client library wants them, with the timings that suit a node.

#include <nats/nats.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"
#include "transport/nats_options.hpp"

namespace ropewalk::transport {

struct natsOptions_deleter {
  void operator()(natsOptions* o) const noexcept { natsOptions_Destroy(o); }
};
using nats_settings = std::unique_ptr<natsOptions, natsOptions_deleter>;

// The servers of a list with commas, in the order that the draw gives; 0: as they are named.
std::vector<std::string> servers_in_order(std::string_view urls, std::uint64_t draw);

result<nats_settings> make_nats_settings(const nats_options& options);

} // namespace ropewalk::transport
