#include "actors/node_keyring.hpp"

#include <filesystem>

#include "actors/log.hpp"

namespace ropewalk::actors {

node_keyring::node_keyring(std::string source, storage::keyring first, instant now)
    : source_(std::move(source)), handle_(source_, std::move(first)), loaded_at_(now) {
  log_loaded();
}

result<std::unique_ptr<node_keyring>> node_keyring::open(const node_settings& s, bool sealed, instant now) {
  const std::string source =
      s.keyring.empty() ? (std::filesystem::path(s.data_dir) / "keyring.json").string() : s.keyring;
  auto keys = storage::load_keyring(source);
  if (!keys && keys.error().code == errc::not_found && s.keyring.empty()) {
    if (sealed && !s.replaces_lost_keyring)
      return error{errc::not_found, "keyring_lost",
                   "the keyring " + source +
                       " is missing, and the journal has checkpoints that were sealed with it: without it none of them "
                       "verifies. Put it back, or accept that with a new one, and the journal stands in for them",
                   "keyring"};
    if (sealed)
      log_line(log_level::warn, "the keyring is missing: a new one is made, and no checkpoint of before verifies",
               {{"source", source}});
    keys = storage::create_keyring(source, now);
  }
  if (!keys) return keys.error();
  return std::unique_ptr<node_keyring>(new node_keyring(source, *std::move(keys), now));
}

void node_keyring::load_again(instant now) {
  const auto loaded = handle_.reload();
  {
    const std::scoped_lock lock(mutex_);
    failing_ = loaded ? std::nullopt : std::optional(loaded.error());
    if (loaded) loaded_at_ = now;
  }
  if (loaded) return log_loaded();
  log_line(log_level::error, "the keyring could not be loaded again; the one in use stays",
           {{"source", source_}, {"reason", loaded.error().detail}, {"active", handle_.current()->active().id}});
}

keyring_figures node_keyring::figures() const {
  const auto keys = handle_.current();
  const std::scoped_lock lock(mutex_);
  return {source_, keys->active().id, keys->active().created, keys->keys().size(), loaded_at_, failing_};
}

void node_keyring::log_loaded() const {
  const auto keys = handle_.current();
  log_line(log_level::info, "keyring loaded",
           {{"source", source_}, {"active", keys->active().id}, {"keys", std::to_string(keys->keys().size())}});
}

} // namespace ropewalk::actors
