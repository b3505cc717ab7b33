#include "transport/cursor.hpp"

#include <optional>

#include "transport/base64url.hpp"

namespace ropewalk::transport {
namespace {

constexpr char messages_version = 2, export_version = 1, cut_export_version = 3, versions_version = 1;
constexpr char history_kind = 'h', checkpoints_kind = 'k';

struct position {
  char kind;
  std::uint64_t last_seq;
  std::uint64_t bound = 0;  // of messages; of an export the message that is cut
  std::uint64_t offset = 0; // of a cut
  std::uint64_t hash = 0;   // of what is cut
};

void append_seq(std::string& bytes, std::uint64_t seq) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(seq >> shift & 255);
}

std::uint64_t seq_at(std::string_view bytes, std::size_t at) {
  std::uint64_t seq = 0;
  for (const char c : bytes.substr(at, 8)) seq = seq << 8 | static_cast<unsigned char>(c);
  return seq;
}

std::optional<position> decode(std::string_view text, char version, std::size_t numbers,
                               std::uint64_t most = limits::seq_max) {
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->size() != 2 + 8 * numbers || (*bytes)[0] != version) return std::nullopt;
  const position p{(*bytes)[1], seq_at(*bytes, 2), numbers > 1 ? seq_at(*bytes, 10) : 0,
                   numbers > 2 ? seq_at(*bytes, 18) : 0, numbers > 3 ? seq_at(*bytes, 26) : 0};
  if (p.last_seq > most || p.bound > most || p.offset > most) return std::nullopt;
  return p;
}

error no_cursor() { return invalid("cursor", "must be the next_cursor of an earlier reply to the same verb"); }

std::string encode_version(char kind, std::uint64_t version) {
  std::string bytes{versions_version, kind};
  append_seq(bytes, version);
  return to_base64url(bytes);
}

result<std::uint64_t> decode_version(std::string_view text, char kind) {
  const auto at = decode(text, versions_version, 1, limits::count_max);
  if (!at || at->kind != kind) return no_cursor();
  return at->last_seq;
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

std::string encode_messages_cursor(const thread::read_messages& asked, std::uint64_t last_seq) {
  std::string bytes{messages_version, asked.reverse ? 'r' : 'f'};
  append_seq(bytes, last_seq);
  append_seq(bytes, (asked.reverse ? asked.after_seq : asked.before_seq).value_or(0));
  return to_base64url(bytes);
}

result<thread::read_messages> decode_messages_cursor(std::string_view text) {
  const auto at = decode(text, messages_version, 2);
  if (!at || (at->kind != 'r' && at->kind != 'f')) {
    const auto old = decode(text, 1, 1);
    if (old && (old->kind == 'r' || old->kind == 'f'))
      return invalid("cursor", "is of an earlier version of ropewalk, which did not keep before_seq and after_seq; "
                               "begin with the first page again");
    return no_cursor();
  }
  thread::read_messages next;
  next.reverse = at->kind == 'r';
  (next.reverse ? next.before_seq : next.after_seq) = at->last_seq;
  if (at->bound != 0) (next.reverse ? next.after_seq : next.before_seq) = at->bound;
  return next;
}

std::string encode_cursor(const export_cursor& c) {
  const bool cut = c.offset > 0;
  std::string bytes{cut ? cut_export_version : export_version, letter(c.format)};
  append_seq(bytes, c.last_seq);
  if (cut) {
    append_seq(bytes, c.cut_seq);
    append_seq(bytes, c.offset);
    append_seq(bytes, c.hash);
  }
  return to_base64url(bytes);
}

result<export_cursor> decode_export_cursor(std::string_view text) {
  auto at = decode(text, export_version, 1);
  if (!at) at = decode(text, cut_export_version, 4);
  if (!at && decode(text, 2, 3))
    return invalid("cursor",
                   "is of an earlier version of ropewalk, which did not notice changes of the message at the cut; "
                   "export the thread again");
  if (!at) return no_cursor();
  for (const auto f : {thread::export_format::jsonl, thread::export_format::openai, thread::export_format::markdown,
                       thread::export_format::csv})
    if (at->kind == letter(f)) return export_cursor{at->last_seq, f, at->bound, at->offset, at->hash};
  return no_cursor();
}

std::string encode_history_cursor(std::uint64_t last_version) { return encode_version(history_kind, last_version); }
result<std::uint64_t> decode_history_cursor(std::string_view text) { return decode_version(text, history_kind); }
std::string encode_checkpoints_cursor(std::uint64_t last_version) {
  return encode_version(checkpoints_kind, last_version);
}
result<std::uint64_t> decode_checkpoints_cursor(std::string_view text) {
  return decode_version(text, checkpoints_kind);
}

} // namespace ropewalk::transport
