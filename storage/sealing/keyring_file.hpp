#pragma once
// Where keyrings are kept: a file that its owner alone can read, or a descriptor that was opened for us.
//
//   auto keys = create_keyring("/var/lib/ropewalk/keyring.json", now);
//   keyring_handle handle{"/var/lib/ropewalk/keyring.json", std::move(*keys)};
//   handle.current()->active();
//   rotate_keyring("/var/lib/ropewalk/keyring.json", now);  // in another process
//   handle.reload();                                        // on its signal; nothing stops meanwhile
//
// A file must be a regular one, of our user, with no right for anybody else: mode 0600 or stricter. It changes by
// rename alone, so whoever reads it sees the old keyring or the new one, whole, whatever dies in between. A
// process that dies while it writes may leave "<file>.<digits>.new" behind, which nobody reads.

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "storage/sealing/keyring.hpp"

namespace ropewalk::storage {

// source: a path (of the file or a link to it), or "fd:N", which is read from its start, or to its end if it is a
// pipe. not_found "no_keyring", invalid "keyring_unsafe" (names the rule), "keyring_invalid", unavailable "keyring_unreadable".
result<keyring> load_keyring(const std::string& source);

// A new file with one new active key; never one that exists: conflict "keyring_exists".
result<keyring> create_keyring(const std::filesystem::path& file, instant now);

// The keyring of a file, changed and durable when they return. Another program that is changing it, or has
// just changed it: conflict "keyring_in_use", and nothing has happened.
result<keyring> rotate_keyring(const std::filesystem::path& file, instant now);
result<keyring> revoke_key(const std::filesystem::path& file, std::string_view id);

// The keyring in use, replaced while others work with the one they took. Any thread.
class keyring_handle {
public:
  keyring_handle(std::string source, keyring first);

  std::shared_ptr<const keyring> current() const noexcept { return current_.load(std::memory_order_acquire); }
  // Loads the source again. On an error the keyring in use stays.
  status_result reload();

private:
  const std::string source_;
  std::atomic<std::shared_ptr<const keyring>> current_;
};

} // namespace ropewalk::storage
