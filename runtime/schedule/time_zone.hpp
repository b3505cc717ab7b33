#pragma once
// A time zone from the bytes of its TZif file (RFC 8536, versions 1 to 4), which the caller has read; UTC
// needs none.
//
//   result<time_zone> berlin = time_zone::parse(bytes, "Europe/Berlin");
//   berlin->offset_at(utc_s);            3600 or 7200
//   berlin->find(local_s);               none in a gap, two in an overlap
//
// UTC is in seconds since 1970, local time in seconds since 1970-01-01T00:00:00 on the zone's own clock.
// Both are meant between the years 0 and 9999; beyond, the nearest of them counts.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"
#include "runtime/schedule/zone_rule.hpp"

namespace ropewalk::schedule {

// When a zone's clock shows a local time.
struct local_time_match {
  std::optional<std::int64_t> first, last; // equal, but for a time that comes twice; none in a gap
  std::int64_t gap_end_s = 0;              // if there is none: the first moment after the gap
};

class time_zone {
public:
  time_zone() = default; // UTC
  // errc::corrupt "corrupt_time_zone" for bytes that are no such file: truncated, counts beyond its length,
  // changes that are not in order, offsets beyond a day, a footer that is no rule. errc::unsupported for
  // files that count leap seconds ("right/").
  static result<time_zone> parse(std::string_view tzif, std::string name);

  const std::string& name() const noexcept { return name_; }
  std::int32_t offset_at(std::int64_t utc_s) const;
  std::int64_t local_at(std::int64_t utc_s) const { return utc_s + offset_at(utc_s); }
  local_time_match find(std::int64_t local_s) const;
  // The first change behind that moment; nullopt if there is none any more.
  std::optional<offset_change> change_after(std::int64_t utc_s) const;

private:
  void add_changes(std::int64_t from_s, std::int64_t to_s, std::vector<offset_change>& to) const;

  std::string name_ = "UTC";
  std::int32_t before_s_ = 0;          // before the first change
  std::vector<offset_change> changes_; // ascending
  std::optional<zone_rule> rule_;      // behind the last of them
};

// Names that a zone can have: 1 to 64 of A-Z a-z 0-9 _ + - and /, relative, no "..", no empty part.
bool is_time_zone_name(std::string_view name) noexcept;

} // namespace ropewalk::schedule
