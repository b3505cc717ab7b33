#pragma once
// Signatures of thread snapshots (runtime/thread/snapshot.hpp). FROZEN as format 1:
//   value = signature with the tag "ropewalk.thread_snapshot.1" over
//           cluster org thread version messages digest partition index hash time
//   cluster, org, thread = text    version, messages, index = u64    partition = u16    time = i64, microseconds
//   digest, hash = 32 bytes        text and numbers as in byte_fields.hpp

#include "runtime/result.hpp"
#include "runtime/thread/snapshot.hpp"
#include "storage/sealing/keyring.hpp"

namespace ropewalk::storage {

void sign_snapshot(const keyring& keys, thread::thread_snapshot& s); // fills key and signature
// corrupt "signature_unknown_key", "signature_revoked_key" or "signature_forged".
status_result verify_snapshot(const keyring& keys, const thread::thread_snapshot& s);

} // namespace ropewalk::storage
