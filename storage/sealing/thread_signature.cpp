#include "storage/sealing/thread_signature.hpp"

#include "storage/sealing/byte_fields.hpp"
#include "storage/sealing/signature.hpp"

namespace ropewalk::storage {
namespace {

constexpr std::string_view snapshot_tag = "ropewalk.thread_snapshot.1";

void put_digest(std::string& out, const digest& d) { out.append(reinterpret_cast<const char*>(d.data()), d.size()); }

std::string signed_bytes(const thread::thread_snapshot& s) {
  std::string out;
  put_text(out, s.cluster);
  put_text(out, s.org);
  put_text(out, s.thread);
  put_number(out, s.version);
  put_number(out, s.messages);
  put_digest(out, s.content);
  put_number(out, s.partition.value);
  put_number(out, s.index);
  put_digest(out, s.hash);
  put_number(out, s.time.us);
  return out;
}

} // namespace

void sign_snapshot(const keyring& keys, thread::thread_snapshot& s) {
  signature made = sign(keys, snapshot_tag, signed_bytes(s));
  s.key = std::move(made.key);
  s.signature = made.value;
}

status_result verify_snapshot(const keyring& keys, const thread::thread_snapshot& s) {
  return verify(keys, snapshot_tag, signed_bytes(s), {s.key, s.signature});
}

} // namespace ropewalk::storage
