#pragma once
// Keyrings with known secrets and contexts to seal states in.

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "storage/sealing/keyring.hpp"
#include "storage/sealing/seal.hpp"

namespace ropewalk::tests {

inline storage::sealing_key key_of(const std::string& id, storage::key_state state, std::uint8_t byte) {
  std::array<std::uint8_t, storage::secret::size> bytes{};
  bytes.fill(byte);
  return {id, storage::secret{bytes}, state, instant{1'700'000'000'000'000}};
}

inline storage::keyring keyring_of(std::vector<storage::sealing_key> keys) {
  auto made = storage::keyring::of(std::move(keys));
  if (!made) FAIL(made.error().detail);
  return std::move(*made);
}

inline storage::keyring keyring_of(const std::string& id, std::uint8_t byte) {
  return keyring_of({key_of(id, storage::key_state::active, byte)});
}

inline storage::seal_context context_of(const std::string& id = "order-7", std::uint64_t version = 12) {
  return {"017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
          {"acme", entity_kind::workflow, id},
          version,
          "018c3f1a-0000-7000-8000-00000000000c",
          "018c3f1a-0000-7000-8000-00000000000b",
          "design",
          "phase",
          instant{1'700'000'000'000'012}};
}

inline const storage::chain_link some_link{41, digest{1, 2, 3}};

inline std::string sealed(const storage::keyring& keys, const std::string& bytes,
                          const storage::seal_context& about = context_of()) {
  auto pending = storage::pending_seal::begin(keys, about, bytes);
  if (!pending) FAIL(pending.error().detail);
  return std::move(*pending).finish(some_link);
}

} // namespace ropewalk::tests
