#pragma once
// What a worker shows to complete a phase: made from which work it is about and a key, so that nobody makes one up.
//
//   std::string token = task_token(*keys, {cluster, "acme", "order-7", 3, ""});   // "k-2026-01-31-0a1b2c3d4e5f.Zm9v..."
//   if (auto genuine = verify_task_token(*keys, task, token); !genuine) return genuine.error();
//
// The same work and key give the same token, whichever attempt it is; verify keys are good for tokens that are out
// when the keyring is rotated. FROZEN:
//   token = key-id "." base64url(the first 16 bytes of mac("ropewalk.token.1", text(cluster) text(org) text(workflow) u64(run) text(step)))
//   base64url = RFC 4648 section 5, without padding: 22 characters

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/result.hpp"
#include "storage/sealing/keyring.hpp"

namespace ropewalk::storage {

struct task_identity {
  std::string cluster;
  std::string org;
  std::string workflow;
  std::uint64_t run = 0;
  std::string step; // "" = the phase itself
};

std::string task_token(const keyring& keys, const task_identity& task);
// invalid, field "token": "token_malformed", "token_unknown_key", "token_revoked_key" or "token_forged" (of other
// work, or made up).
status_result verify_task_token(const keyring& keys, const task_identity& task, std::string_view token);

} // namespace ropewalk::storage
