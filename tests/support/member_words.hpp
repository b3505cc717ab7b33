#pragma once
// What only members say, said by a test that has their keys.

#include "tests/support/cluster_system.hpp"

namespace ropewalk::tests {

// For a place as storage/sealing/member_seal.hpp and its users name it: "record test 0 1".
std::string sealed_as_member(const cluster_system& system, const std::string& place, std::string_view bytes,
                             const std::string& keyring = "keys.json");

// A request of org acme that one member hands on to another, so that this very one takes it. rest: "thread.t.get".
answer ask_member(cluster_system& system, int node, const std::string& rest, const nlohmann::json& body,
                  std::map<std::string, std::string> headers, std::chrono::milliseconds patience = std::chrono::seconds(10));

} // namespace ropewalk::tests
