#pragma once
// The request that a quarantined append of a thread is offered with: as its client made it, if that can be told.
//
// With the client's own key and content the thread takes it for the same request (I6), so that a client that asks again, before or
// after, does not append twice. Whether it is the client's content is told by the recorded fingerprint. Without a key, or where the
// key stands for several entries (a batch), the key follows from the entry's hash: offered twice it is there once.

#include <string>

#include "cli/wire_client.hpp"

namespace ropewalk::cli {

struct offered_append {
  std::string org, thread, body, key;
  bool as_the_client = false; // key and content are the client's
};

// entry: of rw.node.<name>.quarantine_get. Errors: unsupported "cannot_offer" if it is anything but an append.
result<offered_append> append_of(json_view entry);

} // namespace ropewalk::cli
