#pragma once
// A state that nobody can change, move or make up without a key: compressed, with the place it belongs to, signed.
//
//   auto pending = pending_seal::begin(*keys, context, state);         // anywhere; the work is here
//   std::string blob = std::move(*pending).finish({e.index, e.hash});  // where the entry has got its place
//   auto opened = open_seal(*keys, blob, context);                     // opened->bytes == state
//
// FROZEN as format 1:
//   blob     = magic format key cluster org kind entity version id parent phase reason time
//              codec original stored index hash mac
//   magic    = "RWSEAL" %x1A %x0A          format = u16 (1)
//   key, cluster, org, entity, id, parent, phase, reason = text of at most 1,024 bytes
//   kind     = u8      version, original, index = u64      time = i64, microseconds since 1970
//   codec    = u8: 0 stored as it is, 1 one zstd frame that names its content's size
//   original = count of bytes before compression, at most 64 MiB
//   stored   = u64 (count of bytes, at most 64 MiB and 512 KiB), the bytes
//   index, hash = of the journal's entry that the state follows; hash = 32 bytes
//   mac      = mac("ropewalk.checkpoint.1") over everything before it, see mac.hpp; 32 bytes
//   text     = u32 (count of bytes), the bytes; numbers are little-endian
//
// index and hash stand last because the journal's writer alone knows them: what stands before is compressed and
// signed up to there on the caller's thread, and the writer has 40 bytes to add.
//
// Opening, each step only after the one before it: shape, key, mac, place, decompression. Nothing that is not
// signed is decompressed, and nothing larger than was declared is written. Errors are corrupt, by type:
//   seal_truncated      the bytes end too early                 seal_unknown_key   seal_revoked_key
//   seal_corrupt        no sealed bytes, or of a format or      seal_forged        a byte was changed, or the key is another
//                       codec that this program does not know   seal_wrong_place   genuine, but sealed for another place
//   seal_too_large      more than 64 MiB are declared

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/sealing/keyring.hpp"
#include "storage/sealing/mac.hpp"

namespace ropewalk::storage {

inline constexpr std::size_t sealed_bytes_max = 64 << 20; // 16 workflow states; what opening one may cost in memory
inline constexpr std::size_t seal_text_bytes_max = 1024;

// What is sealed, and where it belongs.
struct seal_context {
  std::string cluster;
  entity_key entity;
  std::uint64_t version = 0; // of the entity, after its last event folded into the state
  std::string id;            // of the checkpoint
  std::string parent;        // "" = none
  std::string phase;
  std::string reason; // "phase", "growth", "demand", or the operator's own words
  instant time;
  friend bool operator==(const seal_context&, const seal_context&) = default;
};

struct chain_link {
  std::uint64_t index = 0;
  digest hash{};
  friend bool operator==(const chain_link&, const chain_link&) = default;
};

class pending_seal {
public:
  // Compresses (if that makes it smaller) and signs with the active key. too_large "seal_too_large"; invalid for a text
  // of the context over its bound.
  static result<pending_seal> begin(const keyring& keys, seal_context about, std::string_view bytes);

  const seal_context& about() const noexcept { return about_; }
  std::uint64_t original_bytes() const noexcept { return original_; }
  std::uint64_t blob_bytes() const noexcept;
  std::string finish(const chain_link& after) &&;

private:
  pending_seal(seal_context about, std::uint64_t original, std::string blob, mac signing)
      : about_(std::move(about)), original_(original), blob_(std::move(blob)), signing_(std::move(signing)) {}
  seal_context about_;
  std::uint64_t original_;
  std::string blob_; // up to index
  mac signing_;      // over it
};

struct opened_seal {
  seal_context about;
  std::string key;
  chain_link after;
  std::uint64_t original_bytes = 0;
  std::string bytes; // empty from verify_seal
};

// Who made it and where it belongs is what the blob says and the key confirms.
result<opened_seal> open_seal(const keyring& keys, std::string_view blob);
// It must belong to `expected` as well, in every field.
result<opened_seal> open_seal(const keyring& keys, std::string_view blob, const seal_context& expected);
// All but the decompression.
result<opened_seal> verify_seal(const keyring& keys, std::string_view blob, const seal_context& expected);

} // namespace ropewalk::storage
