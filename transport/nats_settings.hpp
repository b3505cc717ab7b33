#pragma once
// nats_options as the client library wants them, with the timings that suit a node.

#include <nats/nats.h>

#include <memory>

#include "runtime/result.hpp"
#include "transport/nats_options.hpp"

namespace ropewalk::transport {

struct natsOptions_deleter {
  void operator()(natsOptions* o) const noexcept { natsOptions_Destroy(o); }
};
using nats_settings = std::unique_ptr<natsOptions, natsOptions_deleter>;

result<nats_settings> make_nats_settings(const nats_options& options);

} // namespace ropewalk::transport
