#include "cli/duration_text.hpp"

#include <charconv>

#include <fmt/format.h>

#include "cli/usage.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::int64_t longest_s = 100LL * 366 * 24 * 3600;

} // namespace

result<std::chrono::milliseconds> parse_duration(std::string_view text, std::string_view field) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  double ms = -1;
  if (problem == std::errc{}) {
    if (unit == "ms") ms = number;
    else if (unit.empty() || unit == "s") ms = number * 1000;
    else if (unit == "m" || unit == "min") ms = number * 60'000;
    else if (unit == "h") ms = number * 3'600'000;
    else if (unit == "d") ms = number * 86'400'000;
  }
  if (!(ms >= 0) || ms > static_cast<double>(longest_s) * 1000)
    return bad_usage(std::string(field), fmt::format("\"{}\" is no duration: write 250ms, 5s, 10m, 2h or 7d", text));
  return std::chrono::milliseconds(static_cast<std::int64_t>(ms));
}

result<std::int64_t> parse_ttl(std::string_view text, std::string_view field) {
  const auto ttl = parse_duration(text, field);
  if (!ttl) return ttl.error();
  if (ttl->count() != 0 && *ttl < std::chrono::seconds(1))
    return bad_usage(std::string(field), "must be at least 1s, or 0 for never");
  return std::chrono::duration_cast<std::chrono::seconds>(*ttl).count();
}

instant wall_clock() noexcept {
  return {std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

result<std::string> parse_moment(std::string_view text, instant now, std::string_view field) {
  if (const auto t = parse_rfc3339(text)) return to_rfc3339(*t);
  if (text.size() == 10)
    if (const auto t = parse_rfc3339(fmt::format("{}T00:00:00Z", text))) return to_rfc3339(*t);
  if (const auto d = parse_duration(text, field)) return to_rfc3339({now.us - d->count() * 1000});
  return bad_usage(
      std::string(field),
      fmt::format("\"{}\" is no time: write 2026-01-31, 2026-01-31T09:05:00Z, or how long ago: 90m, 2h, 7d", text));
}

std::string how_long_ago(std::string_view rfc3339, instant now) {
  const auto t = parse_rfc3339(rfc3339);
  if (!t) return std::string(rfc3339);
  const std::int64_t s = (now.us - t->us) / 1'000'000;
  if (s < 0) return short_time(rfc3339);
  if (s < 60) return fmt::format("{}s ago", s);
  if (s < 3600) return fmt::format("{}m ago", s / 60);
  if (s < 48 * 3600) return fmt::format("{}h ago", s / 3600);
  if (s < 30 * 24 * 3600) return fmt::format("{}d ago", s / (24 * 3600));
  return std::string(rfc3339.substr(0, 10));
}

std::string in_how_long(std::string_view rfc3339, instant now) {
  const auto t = parse_rfc3339(rfc3339);
  if (!t) return std::string(rfc3339);
  const std::int64_t s = (t->us - now.us + 999'999) / 1'000'000;
  if (s <= 0) return "now";
  if (s < 60) return fmt::format("in {}s", s);
  // To the nearest one: seven days less a minute are no six days.
  if (s < 3600) return fmt::format("in {}m", (s + 30) / 60);
  if (s < 48 * 3600) return fmt::format("in {}h", (s + 1800) / 3600);
  if (s < 30 * 24 * 3600) return fmt::format("in {}d", (s + 12 * 3600) / (24 * 3600));
  return std::string(rfc3339.substr(0, 10));
}

std::string short_time(std::string_view rfc3339) {
  std::string text(rfc3339.substr(0, 19));
  if (text.size() == 19) text[10] = ' ';
  return text;
}

std::string short_duration(std::int64_t s) {
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m {}s", s / 60, s % 60);
  if (s < 86'400) return fmt::format("{}h {}m", s / 3600, s % 3600 / 60);
  return fmt::format("{}d {}h", s / 86'400, s % 86'400 / 3600);
}

std::string short_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double amount = static_cast<double>(bytes) / 1024;
  for (const char* unit : {"KiB", "MiB", "GiB"}) {
    if (amount < 1024) return fmt::format("{:.1f} {}", amount, unit);
    amount /= 1024;
  }
  return fmt::format("{:.1f} TiB", amount);
}

} // namespace ropewalk::cli
