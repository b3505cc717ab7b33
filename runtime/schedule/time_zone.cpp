#include "runtime/schedule/time_zone.hpp"

#include <algorithm>
#include <array>

#include "runtime/schedule/limits.hpp"

namespace ropewalk::schedule {
namespace {

constexpr std::int32_t most_offset_s = 26 * 3600; // RFC 8536: -25 to 26 hours, exclusive
constexpr std::int64_t most_change_s = std::int64_t{1} << 59;
constexpr std::size_t header_bytes = 44;

error broken_zone(std::string what) {
  return {errc::corrupt, "corrupt_time_zone", "the time zone's file is no TZif file: " + std::move(what), "time_zone"};
}

std::uint32_t big_endian_32(std::string_view at) {
  std::uint32_t n = 0;
  for (std::size_t i = 0; i < 4; ++i) n = n << 8 | static_cast<unsigned char>(at[i]);
  return n;
}
std::int64_t big_endian(std::string_view at, std::size_t bytes) {
  if (bytes == 4) return static_cast<std::int32_t>(big_endian_32(at));
  return static_cast<std::int64_t>(std::uint64_t{big_endian_32(at)} << 32 | big_endian_32(at.substr(4)));
}

struct tzif_header {
  char version = 0;
  std::uint64_t isutc = 0, isstd = 0, leap = 0, times = 0, types = 0, chars = 0;
  std::uint64_t data_bytes(std::size_t time_bytes) const {
    return times * time_bytes + times + types * 6 + chars + leap * (time_bytes + 4) + isstd + isutc;
  }
};

// A header and the data behind it, taken off the front.
struct tzif_block {
  tzif_header header;
  std::string_view data;
};
result<tzif_block> take_block(std::string_view& rest, std::size_t time_bytes) {
  if (rest.size() < header_bytes || rest.substr(0, 4) != "TZif") return broken_zone("it does not begin as one");
  tzif_block b;
  b.header.version = rest[4];
  if (b.header.version != 0 && (b.header.version < '2' || b.header.version > '4'))
    return broken_zone("its version is not 1, 2, 3 or 4");
  const auto count = [&](std::size_t i) { return std::uint64_t{big_endian_32(rest.substr(20 + 4 * i))}; };
  b.header.isutc = count(0), b.header.isstd = count(1), b.header.leap = count(2);
  b.header.times = count(3), b.header.types = count(4), b.header.chars = count(5);
  rest.remove_prefix(header_bytes);
  const std::uint64_t length = b.header.data_bytes(time_bytes); // of six 32-bit counts: cannot overflow
  if (length > rest.size()) return broken_zone("it is shorter than its counts say");
  b.data = rest.substr(0, length);
  rest.remove_prefix(length);
  return b;
}

struct zone_table {
  std::int32_t before_s = 0;
  std::vector<offset_change> changes;
};
result<zone_table> read_table(const tzif_block& b, std::size_t time_bytes) {
  const tzif_header& h = b.header;
  if (h.leap != 0)
    return error{errc::unsupported, "leap_seconds", "time zones that count leap seconds are not supported",
                 "time_zone"};
  if (h.types == 0 || h.types > 256 || h.chars == 0) return broken_zone("it has no types of local time, or too many");
  if ((h.isutc != 0 && h.isutc != h.types) || (h.isstd != 0 && h.isstd != h.types))
    return broken_zone("its counts contradict each other");
  const std::string_view times = b.data.substr(0, h.times * time_bytes);
  const std::string_view indices = b.data.substr(times.size(), h.times);
  const std::string_view types = b.data.substr(times.size() + indices.size(), h.types * 6);
  std::vector<std::int32_t> offsets;
  for (std::size_t i = 0; i < h.types; ++i) {
    const std::string_view type = types.substr(i * 6, 6);
    const std::int64_t offset = big_endian(type, 4);
    if (offset <= -25 * 3600 || offset >= most_offset_s) return broken_zone("an offset is beyond a day");
    if (static_cast<unsigned char>(type[4]) > 1 || static_cast<unsigned char>(type[5]) >= h.chars)
      return broken_zone("a type of local time is out of range");
    offsets.push_back(static_cast<std::int32_t>(offset));
  }
  zone_table table{offsets.front(), {}};
  for (std::size_t i = 0; i < h.times; ++i) {
    const std::int64_t at = big_endian(times.substr(i * time_bytes), time_bytes);
    const std::size_t type = static_cast<unsigned char>(indices[i]);
    if (type >= h.types) return broken_zone("a change leads to no type of local time");
    if (at < -most_change_s || at > most_change_s) return broken_zone("a change lies beyond all calendars");
    if (!table.changes.empty() && at <= table.changes.back().at_s) return broken_zone("its changes are not in order");
    table.changes.push_back({at, offsets[type]});
  }
  return table;
}

} // namespace

result<time_zone> time_zone::parse(std::string_view tzif, std::string name) {
  if (tzif.size() > limits::time_zone_bytes) return broken_zone("it is too long");
  std::string_view rest = tzif;
  auto block = take_block(rest, 4);
  if (!block) return block.error();
  time_zone zone;
  zone.name_ = std::move(name);
  std::size_t time_bytes = 4;
  if (block->header.version != 0) { // the first block is for readers of version 1
    time_bytes = 8;
    block = take_block(rest, time_bytes);
    if (!block) return block.error();
    if (block->header.version == 0) return broken_zone("its second header is of version 1");
    if (rest.size() < 2 || rest.front() != '\n' || rest.back() != '\n') return broken_zone("it has no footer");
    if (const std::string_view footer = rest.substr(1, rest.size() - 2); !footer.empty()) {
      auto rule = zone_rule::parse(footer);
      if (!rule) return rule.error();
      zone.rule_ = *rule;
    }
  } else if (!rest.empty()) {
    return broken_zone("it is longer than its counts say");
  }
  auto table = read_table(*block, time_bytes);
  if (!table) return table.error();
  zone.before_s_ = table->before_s;
  zone.changes_ = std::move(table->changes);
  // From the last change on the rule holds, whatever the table says of it.
  if (zone.rule_ && !zone.changes_.empty())
    zone.changes_.back().offset_s = zone.rule_->offset_at(zone.changes_.back().at_s);
  return zone;
}

std::int32_t time_zone::offset_at(std::int64_t utc_s) const {
  const auto next = std::upper_bound(changes_.begin(), changes_.end(), utc_s,
                                     [](std::int64_t t, const offset_change& c) { return t < c.at_s; });
  if (next == changes_.end() && rule_) return rule_->offset_at(utc_s);
  return next == changes_.begin() ? before_s_ : std::prev(next)->offset_s;
}

// Those in (from, to], in order. The rule's changes are asked for by a few days or years, never for ages.
void time_zone::add_changes(std::int64_t from_s, std::int64_t to_s, std::vector<offset_change>& to) const {
  const auto behind = [](std::int64_t t, const offset_change& c) { return t < c.at_s; };
  auto c = std::upper_bound(changes_.begin(), changes_.end(), from_s, behind);
  for (; c != changes_.end() && c->at_s <= to_s; ++c) to.push_back(*c);
  if (!rule_ || !rule_->has_changes() || c != changes_.end()) return;
  if (!changes_.empty()) from_s = std::max(from_s, changes_.back().at_s);
  const auto ruled = static_cast<std::ptrdiff_t>(to.size());
  for (int year = year_of(from_s) - 1; year <= year_of(to_s) + 1; ++year)
    for (const offset_change& r : rule_->changes_of(year))
      if (r.at_s > from_s && r.at_s <= to_s) to.push_back(r);
  std::stable_sort(to.begin() + ruled, to.end(),
                   [](const offset_change& a, const offset_change& b) { return a.at_s < b.at_s; });
}

local_time_match time_zone::find(std::int64_t local_s) const {
  local_s = std::clamp(local_s, calendar_begins_s, calendar_ends_s);
  const std::int64_t from = local_s - most_offset_s;
  std::vector<offset_change> near;
  add_changes(from, from + 2 * most_offset_s, near);
  local_time_match found;
  std::int32_t offset = offset_at(from);
  std::int64_t since = INT64_MIN;
  for (std::size_t i = 0; i <= near.size(); ++i) {
    const std::int64_t until = i < near.size() ? near[i].at_s : INT64_MAX;
    if (const std::int64_t utc = local_s - offset; utc >= since && utc < until) {
      if (!found.first) found.first = utc;
      found.last = utc;
    }
    if (i == near.size()) break;
    if (local_s >= until + offset && local_s < until + near[i].offset_s) found.gap_end_s = until;
    offset = near[i].offset_s;
    since = until;
  }
  return found;
}

std::optional<offset_change> time_zone::change_after(std::int64_t utc_s) const {
  const auto next = std::upper_bound(changes_.begin(), changes_.end(), utc_s,
                                     [](std::int64_t t, const offset_change& c) { return t < c.at_s; });
  if (next != changes_.end()) return *next;
  if (!rule_ || !rule_->has_changes() || utc_s >= calendar_ends_s) return std::nullopt;
  std::vector<offset_change> near;
  constexpr std::int64_t two_years_s = 2 * 366 * 86'400;
  add_changes(utc_s, std::max(utc_s, calendar_begins_s) + two_years_s, near);
  return near.empty() ? std::nullopt : std::optional(near.front());
}

bool is_time_zone_name(std::string_view name) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
           c == '-' || c == '/';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), allowed) && name.front() != '/' &&
         name.back() != '/' && name.find("//") == std::string_view::npos;
}

} // namespace ropewalk::schedule
