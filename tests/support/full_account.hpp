#pragma once
// An account of nats-server that has no room for another record, while this lives.
//
//   nats_servers servers(1, {}, {"-c", limited_account(scratch)});
//   full_account full(servers);  …  full.make_room();

#include <string>

#include "tests/support/child_process.hpp"
#include "tests/support/nats_servers.hpp"

namespace ropewalk::tests {

// The path of a configuration with one account, which everybody is of and whose streams may take so much, replicas counted each.
// Written into scratch.
std::string limited_account(const scratch_directory& scratch, int megabytes = 16);

// Fills it by a stream of its own. Throws std::runtime_error where it cannot be filled.
class full_account {
public:
  explicit full_account(const nats_servers& servers);
  ~full_account() { make_room(); }
  full_account(const full_account&) = delete;
  full_account& operator=(const full_account&) = delete;

  void fill(); // again, what others gave back
  bool make_room(); // false: the server did not say that it has done so

private:
  const nats_servers& servers_;
  bool filled_ = true;
};

} // namespace ropewalk::tests
