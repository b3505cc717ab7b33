#include "runtime/entity_key.hpp"

#include <algorithm>

#include "runtime/limits.hpp"
#include "runtime/utf8.hpp"

namespace ropewalk {
namespace {

constexpr bool stands_for_itself(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

constexpr int upper_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

constexpr std::uint32_t fnv1a(std::uint32_t hash, std::string_view bytes) {
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16777619;
  }
  return hash;
}

// C0, DEL, and C1 as UTF-8 spells it (C2 80 to C2 9F): none of them belongs in a name.
bool has_control_character(std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x20 || c == 0x7F) return true;
    if (c == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) return true;
  }
  return false;
}

} // namespace

std::string_view name(entity_kind kind) noexcept {
  switch (kind) {
  case entity_kind::thread: return "thread";
  case entity_kind::workflow: return "workflow";
  case entity_kind::debate: return "debate";
  case entity_kind::checkpoint_line: return "checkpoint_line";
  case entity_kind::definition: return "definition";
  case entity_kind::schedule: return "schedule";
  case entity_kind::partition: return "partition";
  }
  return "unknown";
}

partition_id partition_of(std::string_view org_token, std::string_view id_token, std::uint16_t partitions) noexcept {
  const std::uint32_t hash = fnv1a(fnv1a(2166136261, org_token), id_token);
  return {static_cast<std::uint16_t>(hash % partitions)};
}

partition_id partition_of(const entity_key& key, std::uint16_t partitions) {
  return partition_of(encode_token(key.org), encode_token(key.id), partitions);
}

std::string encode_token(std::string_view raw) {
  if (std::all_of(raw.begin(), raw.end(), stands_for_itself)) return std::string(raw);
  std::string token;
  token.reserve(raw.size());
  for (const char c : raw) {
    if (stands_for_itself(c)) {
      token.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    token.push_back('%');
    token.push_back("0123456789ABCDEF"[byte >> 4]);
    token.push_back("0123456789ABCDEF"[byte & 15]);
  }
  return token;
}

result<std::string> decode_token(std::string_view token, std::string_view field) {
  const auto refuse = [field](std::string rule) { return invalid(std::string(field), std::move(rule)); };
  if (token.empty()) return refuse("must not be empty");
  std::string raw;
  raw.reserve(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (raw.size() == limits::id_bytes)
      return refuse("must be at most " + std::to_string(limits::id_bytes) + " bytes long");
    if (stands_for_itself(token[i])) {
      raw.push_back(token[i]);
      continue;
    }
    if (token[i] != '%') return refuse("every byte but A-Z a-z 0-9 _ - must be written as %XX");
    if (token.size() - i < 3) return refuse("% must be followed by two digits");
    const int high = upper_digit(token[i + 1]), low = upper_digit(token[i + 2]);
    if (high < 0 || low < 0) return refuse("% must be followed by two digits of 0-9 A-F");
    const char c = static_cast<char>(high << 4 | low);
    if (stands_for_itself(c)) return refuse("A-Z a-z 0-9 _ - must not be written as %XX");
    raw.push_back(c);
    i += 2;
  }
  if (!is_utf8(raw)) return refuse("must be UTF-8");
  if (has_control_character(raw)) return refuse("must hold no control characters");
  return raw;
}

} // namespace ropewalk
