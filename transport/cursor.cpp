#include "transport/cursor.hpp"

#include <optional>

#include "transport/base64url.hpp"

namespace ropewalk::transport {
namespace {

constexpr char version = 1;
constexpr std::size_t cursor_bytes = 10;

std::string encode(char kind, std::uint64_t seq) {
  std::string bytes{version, kind};
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(seq >> shift & 255);
  return to_base64url(bytes);
}

struct decoded {
  char kind;
  std::uint64_t seq;
};
std::optional<decoded> decode(std::string_view text) {
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->size() != cursor_bytes || (*bytes)[0] != version) return std::nullopt;
  std::uint64_t seq = 0;
  for (std::size_t i = 2; i < cursor_bytes; ++i) seq = seq << 8 | static_cast<unsigned char>((*bytes)[i]);
  if (seq > limits::seq_max) return std::nullopt;
  return decoded{(*bytes)[1], seq};
}

error no_cursor() {
  return invalid("cursor", "must be the next_cursor of an earlier reply to the same verb");
}

constexpr char letter(thread::export_format f) {
  switch (f) {
  case thread::export_format::jsonl: return 'j';
  case thread::export_format::openai: return 'o';
  case thread::export_format::markdown: return 'm';
  case thread::export_format::csv: return 'c';
  }
  return '?';
}

} // namespace

std::string encode_cursor(const messages_cursor& c) { return encode(c.reverse ? 'r' : 'f', c.last_seq); }

result<messages_cursor> decode_messages_cursor(std::string_view text) {
  const auto d = decode(text);
  if (!d || (d->kind != 'r' && d->kind != 'f')) return no_cursor();
  return messages_cursor{d->seq, d->kind == 'r'};
}

std::string encode_cursor(const export_cursor& c) { return encode(letter(c.format), c.last_seq); }

result<export_cursor> decode_export_cursor(std::string_view text) {
  const auto d = decode(text);
  if (!d) return no_cursor();
  for (const auto f : {thread::export_format::jsonl, thread::export_format::openai,
                       thread::export_format::markdown, thread::export_format::csv})
    if (d->kind == letter(f)) return export_cursor{d->seq, f};
  return no_cursor();
}

} // namespace ropewalk::transport
