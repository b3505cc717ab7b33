#include "runtime/idempotency_window.hpp"

#include "runtime/hex.hpp"
#include "runtime/limits.hpp"

namespace ropewalk {

const remembered_command* idempotency_window::find(const std::string& key) const noexcept {
  if (!keys_) return nullptr;
  const auto at = keys_->by_key.find(key);
  return at == keys_->by_key.end() ? nullptr : &at->second;
}

void idempotency_window::record(const idempotency_record& what, std::uint64_t version, instant time) {
  if (!keys_) keys_ = std::make_unique<contents>();
  const bool fresh =
      keys_->by_key.insert_or_assign(what.key, remembered_command{what.fingerprint, version, what.entries, time})
          .second;
  if (fresh) keys_->oldest_first.push_back(what.key);
  while (!keys_->oldest_first.empty()) {
    const auto oldest = keys_->by_key.find(keys_->oldest_first.front());
    const bool gone = oldest == keys_->by_key.end();
    if (!gone && keys_->by_key.size() <= limits::idempotency_keys &&
        oldest->second.time.us >= time.us - limits::idempotency_age_us)
      break;
    if (!gone) keys_->by_key.erase(oldest);
    keys_->oldest_first.pop_front();
  }
}

void idempotency_window::forget(const std::string& key) noexcept {
  if (!keys_ || keys_->by_key.erase(key) == 0) return;
  std::erase(keys_->oldest_first, key); // rare: only a fork whose child was refused
}

std::string idempotency_window::key_at(std::uint64_t version) const {
  if (keys_)
    for (const auto& [key, where] : keys_->by_key)
      if (where.version == version) return key;
  return {};
}

void idempotency_window::encode(json_writer& out) const {
  out.begin_array();
  if (keys_)
    for (const auto& key : keys_->oldest_first)
      if (const auto* where = find(key))
        out.begin_array()
            .value(key)
            .value(to_hex(where->fingerprint))
            .value(where->version)
            .value(where->entries)
            .value(where->time.us)
            .end_array();
  out.end_array();
}

result<idempotency_window> idempotency_window::decode(json_view array) {
  idempotency_window window;
  for (const json_view row : array.elements()) {
    const auto bad = error{errc::corrupt, {}, "a remembered idempotency key cannot be read", {}};
    if (!row.is(json_type::array) || row.size() != 5) return bad;
    auto column = row.elements().first;
    const json_view key = *column, fingerprint = *++column, version = *++column, entries = *++column, time = *++column;
    if (!key.is(json_type::string) || !fingerprint.is(json_type::string) || !version.integer() || !entries.integer() ||
        !time.integer())
      return bad;
    idempotency_record record{key.string(), {}, static_cast<std::uint32_t>(*entries.integer())};
    if (!from_hex(fingerprint.string(), record.fingerprint)) return bad;
    window.record(record, static_cast<std::uint64_t>(*version.integer()), instant{*time.integer()});
  }
  return window;
}

} // namespace ropewalk
