#include "transport/request_headers.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "runtime/limits.hpp"
#include "transport/name_suggestion.hpp"

namespace ropewalk::transport {
namespace {

constexpr std::string_view ours[] = {idempotency_header, ack_header, read_header, position_header};

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
    return error{
        errc::unsupported, "ack_level",
        *guaranteed_peers == 0
            ? std::string("this cluster guarantees no peers: the levels it can promise are \"local\" and \"log\"")
            : "this cluster guarantees \"peers:" + std::to_string(*guaranteed_peers) + "\" at most",
        field};
  return ack_level::peers;
}

status_result check_replicas(std::string_view field, const verb_spec& v,
                             std::optional<std::uint32_t> guaranteed_peers) {
  if (v.writes || v.noun == noun::node)
    return invalid(std::string(field), "is for reads only; " + full_name(v) + " is answered by whom it is about");
  if (guaranteed_peers) return ok();
  return error{errc::unsupported, "min_position", "this node has no replicas: every read sees all writes",
               std::string(field)};
}

bool take_digits(std::string_view& text, std::uint64_t& value) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// <partition>:<index>, several joined by commas
status_result read_positions(std::string_view text, std::uint16_t partitions,
                             std::vector<replica_read::place>& places) {
  const std::string field(position_header);
  std::vector<bool> named(partitions);
  while (true) {
    std::uint64_t partition = 0, index = 0;
    const bool whole = take_digits(text, partition) && text.starts_with(':') &&
                       (text.remove_prefix(1), take_digits(text, index)) && (text.empty() || text.front() == ',');
    if (!whole)
      return invalid(field, "must be the position of a receipt, <partition>:<index>, or several joined by commas");
    if (partition >= partitions)
      return invalid(field,
                     "must name partitions 0 to " + std::to_string(partitions - 1) + ", as this cluster has them");
    if (named[partition]) return invalid(field, "must name each partition once");
    named[partition] = true;
    places.push_back({{static_cast<std::uint16_t>(partition)}, index});
    if (text.empty()) return ok();
    text.remove_prefix(1);
  }
}

} // namespace

result<request_headers> check_headers(std::span<const header_view> headers, const verb_spec& v,
                                      std::optional<std::uint32_t> guaranteed_peers, std::uint16_t partitions) {
  request_headers checked;
  bool read_given = false, position_given = false;
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
      if (std::exchange(position_given, true)) return invalid(std::string(position_header), "must be given once");
      if (auto fine = check_replicas(position_header, v, guaranteed_peers); !fine) return fine.error();
      if (!checked.replica_read) checked.replica_read.emplace();
      if (auto read = read_positions(h.value, partitions, checked.replica_read->at_least); !read) return read.error();
    } else if (same_name(h.name, read_header)) {
      if (std::exchange(read_given, true)) return invalid(std::string(read_header), "must be given once");
      if (auto fine = check_replicas(read_header, v, guaranteed_peers); !fine) return fine.error();
      if (h.value != "stale") return invalid(std::string(read_header), "must be \"stale\"");
      if (!checked.replica_read) checked.replica_read.emplace();
    } else {
      return invalid(std::string(h.name), "is no header of this service" + did_you_mean(h.name, ours));
    }
  }
  return checked;
}

} // namespace ropewalk::transport
