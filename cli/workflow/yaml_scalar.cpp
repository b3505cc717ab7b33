#include "cli/workflow/yaml_scalar.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::size_t digits_at(std::string_view text) {
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c < '0' || c > '9'; });
  return static_cast<std::size_t>(end - text.begin());
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?  as JSON writes it; nullopt if it is not so.
std::optional<std::string> decimal_json(std::string_view text) {
  std::string json = text.starts_with('-') ? "-" : "";
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t whole = digits_at(text);
  json += whole == 0 ? "0" : std::string(text.substr(0, whole));
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    const std::size_t part = digits_at(text.substr(1));
    if (whole + part == 0) return std::nullopt;
    if (part > 0) json += text.substr(0, 1 + part);
    else json += ".0";
    text.remove_prefix(1 + part);
  } else if (whole == 0) return std::nullopt;
  if (text.empty()) return json;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  std::string_view exponent = text.substr(1);
  if (exponent.starts_with('-') || exponent.starts_with('+')) exponent.remove_prefix(1);
  if (exponent.empty() || digits_at(exponent) != exponent.size()) return std::nullopt;
  return json + std::string(text);
}

// 0o17 and 0x1F.
result<std::optional<std::string>> based_json(std::string_view text) {
  const int base = text.starts_with("0o") ? 8 : text.starts_with("0x") ? 16 : 0;
  if (base == 0 || text.size() == 2) return std::optional<std::string>{};
  std::uint64_t n = 0;
  const char* const end = text.data() + text.size();
  const auto [at, problem] = std::from_chars(text.data() + 2, end, n, base);
  if (problem == std::errc::result_out_of_range)
    return invalid({}, fmt::format("{} does not fit 64 bits; quote it if it is a text", text));
  if (problem != std::errc{} || at != end) return std::optional<std::string>{};
  return std::optional(std::to_string(n));
}

// 010 and 08: 8 or 10, a text or an error, by the reader's age.
bool is_octal_or_not(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text.size() > 1 && text.front() == '0' && digits_at(text) == text.size();
}

} // namespace

result<std::string> plain_scalar_json(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return std::string("null");
  if (is_one_of(text, {"true", "True", "TRUE"})) return std::string("true");
  if (is_one_of(text, {"false", "False", "FALSE"})) return std::string("false");
  if (is_octal_or_not(text))
    return invalid({}, fmt::format("{} is one number to some readers of YAML and another to others; write it without "
                                   "the 0 in front, as 0o... if it is octal, or in quotes if it is a text",
                                   text));
  std::string_view number = text;
  if (number.starts_with('-') || number.starts_with('+')) number.remove_prefix(1);
  if (is_one_of(number, {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"}))
    return invalid({}, fmt::format("JSON has no number {}; quote it if it is a text", text));
  if (auto json = decimal_json(text)) {
    // 007.5: JSON wants no zeros in front either, and there is no second reading.
    const std::size_t sign = json->starts_with('-') ? 1 : 0;
    while (json->size() > sign + 1 && (*json)[sign] == '0' && (*json)[sign + 1] >= '0' && (*json)[sign + 1] <= '9')
      json->erase(sign, 1);
    if (!std::isfinite(std::strtod(json->c_str(), nullptr)))
      return invalid({}, fmt::format("{} is too large for a number; quote it if it is a text", text));
    return *std::move(json);
  }
  auto based = based_json(text);
  if (!based) return based.error();
  if (*based) return **based;
  std::string json;
  append_json_string(json, text);
  return json;
}

} // namespace ropewalk::cli
