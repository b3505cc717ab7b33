#pragma once
// The keyring that a node works with: opened at its start, loaded again when its operator says so.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "actors/node_settings.hpp"
#include "runtime/instant.hpp"
#include "storage/sealing/keyring_file.hpp"

namespace ropewalk::actors {

struct keyring_figures {
  std::string source; // file or descriptor
  std::string active; // id of the key that signs
  instant created;    // of that key
  std::uint64_t keys = 0;
  instant loaded_at;
  std::optional<error> failing; // why it could not be loaded again the last time
};

class node_keyring {
public:
  // Without a keyring in the settings: the one in the data directory, which is made when there is none. sealed: the journal has
  // checkpoints of one; then it is not made but not_found "keyring_lost", unless the settings say so.
  static result<std::unique_ptr<node_keyring>> open(const node_settings& settings, bool sealed, instant now);

  const storage::keyring_handle& handle() const noexcept { return handle_; }
  // What cannot be loaded is logged and changes nothing.
  void load_again(instant now);
  keyring_figures figures() const; // any thread

private:
  node_keyring(std::string source, storage::keyring first, instant now);
  void log_loaded() const;

  const std::string source_;
  storage::keyring_handle handle_;
  mutable std::mutex mutex_;
  instant loaded_at_;
  std::optional<error> failing_;
};

} // namespace ropewalk::actors
