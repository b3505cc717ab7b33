#include "transport/request_headers.hpp"

#include <algorithm>
#include <string>

#include "runtime/limits.hpp"
#include "transport/name_suggestion.hpp"

namespace ropewalk::transport {
namespace {

constexpr std::string_view position_header = "Rw-Min-Position"; // of replicas, which a single node does not have
constexpr std::string_view ours[] = {idempotency_header, ack_header};

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool is_ours(std::string_view header) { return header.size() >= 3 && same_name(header.substr(0, 3), "Rw-"); }

status_result check_key(std::string_view key, const verb_spec& v) {
  const std::string field(idempotency_header);
  if (!v.writes) return invalid(field, "is for writes only; " + full_name(v) + " changes nothing");
  if (key.empty() || key.size() > limits::idempotency_key_bytes)
    return invalid(field, "must be 1 to " + std::to_string(limits::idempotency_key_bytes) + " characters long");
  if (!std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F; }))
    return invalid(field, "must be visible ASCII without spaces");
  return ok();
}

result<ack_level> read_ack(std::string_view level, std::optional<std::uint32_t> guaranteed_peers) {
  if (level == "local") return ack_level::local;
  const std::string field(ack_header);
  const bool peers = level.starts_with("peers:") && level.size() > 6 && level.size() < 10 &&
                     std::all_of(level.begin() + 6, level.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!peers && level != "log") return invalid(field, "must be \"local\", \"log\" or \"peers:N\"");
  if (!guaranteed_peers)
    return error{errc::unsupported, "ack_level",
                 "this node has no peers: the only level it can promise is \"local\" (its own fsync)", field};
  if (!peers) return ack_level::log;
  const unsigned long asked = std::stoul(std::string(level.substr(6)));
  if (asked == 0 || asked > *guaranteed_peers)
    return error{errc::unsupported, "ack_level",
                 "this cluster guarantees 1 to " + std::to_string(*guaranteed_peers) + " peers", field};
  return ack_level::peers;
}

} // namespace

result<request_headers> check_headers(std::span<const header_view> headers, const verb_spec& v,
                                      std::optional<std::uint32_t> guaranteed_peers) {
  request_headers checked;
  for (const header_view& h : headers) {
    if (!is_ours(h.name)) continue;
    if (same_name(h.name, idempotency_header)) {
      if (checked.idempotency_key) return invalid(std::string(idempotency_header), "must be given once");
      if (auto fine = check_key(h.value, v); !fine) return fine.error();
      checked.idempotency_key = h.value;
    } else if (same_name(h.name, ack_header)) {
      if (checked.ack) return invalid(std::string(ack_header), "must be given once");
      const auto level = read_ack(h.value, guaranteed_peers);
      if (!level) return level.error();
      checked.ack = *level;
    } else if (same_name(h.name, position_header)) {
      return error{errc::unsupported, "min_position", "this node has no replicas: every read sees all writes",
                   std::string(position_header)};
    } else {
      return invalid(std::string(h.name), "is no header of this service" + did_you_mean(h.name, ours));
    }
  }
  return checked;
}

} // namespace ropewalk::transport
