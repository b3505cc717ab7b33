#pragma once
// A request that reached a member which does not own its partition is handed on as it came, with its reply subject, so that the
// owner answers the agent itself:
//
//   subject  <prefix>.at.<member>.v1.<org>.thread.<id>.<verb>
//   header   Rw-Handed-On: <time, us> <entropy> <entropy> <hands it went through> <signature>
//
// signature: hex of an empty text that is sealed (storage/sealing/member_seal.hpp) for "request", cluster, member, the numbers before it,
// reply subject and subject, so that nobody else can set a request's time.
// What was made for the request where it arrived (an id that the client left to us) is made again alike from the header.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/command.hpp"
#include "transport/header_block.hpp"
#include "transport/nats_connection.hpp"

namespace ropewalk::storage {
class keyring;
}

namespace ropewalk::actors {

// Both ends of the way from one member to another.
struct forwarding_names {
  std::string_view prefix, cluster;
};

inline constexpr std::string_view handed_on_header = "Rw-Handed-On";
inline constexpr std::uint32_t most_hands = 4; // members that disagree about the owner must not play ball for ever

struct arrived_request {
  std::string subject;                         // as the client sent it
  std::vector<transport::header_view> headers; // views into the message
  surroundings around;
  std::uint32_t hands = 0;
};

std::string handed_on_subjects(std::string_view prefix, std::string_view member); // to subscribe to
// Undoes the wrapping of a message that came to one of these. Errors: invalid (no other member made it), unavailable
// "key_not_here_yet" (one may have, with a key that is not in the keyring).
result<arrived_request> unwrap(const transport::nats_message& m, const forwarding_names& names, std::string_view member,
                               const storage::keyring& keys);
status_result hand_on(transport::nats_connection& connection, const forwarding_names& names, std::string_view to,
                      const storage::keyring& keys, const arrived_request& r, std::string_view reply_to,
                      std::string_view body);

} // namespace ropewalk::actors
