#include "actors/export_reply.hpp"

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/thread/export_format.hpp"
#include "transport/cursor.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::size_t frame_bytes = 256; // of the reply around data

std::size_t escaped_bytes(char c) {
  if (c == '"' || c == '\\') return 2;
  return static_cast<unsigned char>(c) < 0x20 ? 6 : 1;
}

error changed(std::uint64_t seq) {
  return {errc::conflict, "export_changed",
          "message " + std::to_string(seq) + " was changed while it was exported; export the thread again", "cursor"};
}

std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

bool continues_character(char c) { return (c & 0xC0) == 0x80; }

} // namespace

result<export_reply> export_reply::begin(const thread::export_messages& asked, std::string_view thread_json) {
  export_reply reply(asked);
  if (asked.after_seq > 0 || asked.cut_offset > 0) return reply;
  auto header = thread::export_header(asked.format, thread_json);
  if (!header) return header.error();
  reply.take(*header); // some 200 KiB at the most
  return reply;
}

std::size_t export_reply::take(std::string_view text) {
  const std::size_t before = escaped_;
  std::size_t whole = 0, escaped = before; // up to the last beginning of a character that fits
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || !continues_character(text[i])) whole = i, escaped_ = escaped;
    if (i == text.size()) break;
    escaped += escaped_bytes(text[i]);
    if (escaped + frame_bytes > limits::reply_bytes) break;
  }
  data_ += text.substr(0, whole);
  return whole;
}

result<bool> export_reply::add(std::uint64_t seq, std::string_view message_json) {
  row_.clear();
  const bool first = asked_.after_seq == 0 && last_seq_ == 0;
  if (auto row = thread::append_export_row(row_, asked_.format, message_json, first); !row) return row.error();
  std::string_view rest = row_;
  const std::uint64_t given = count_ == 0 ? asked_.cut_offset : 0;
  if (given > 0) {
    if (seq != asked_.cut_seq || fnv1a(row_) != asked_.cut_hash) return changed(asked_.cut_seq);
    if (given >= rest.size() || continues_character(rest[given])) return changed(asked_.cut_seq); // an invented cursor
    rest.remove_prefix(given);
  }
  const std::size_t taken = take(rest);
  if (taken < rest.size()) {
    cut_seq_ = seq;
    cut_offset_ = given + taken;
    cut_hash_ = fnv1a(row_);
    return false;
  }
  last_seq_ = seq;
  ++count_;
  return true;
}

result<std::string> export_reply::finish(bool more) && {
  if (asked_.cut_offset > 0 && count_ == 0 && cut_seq_ == 0) return changed(asked_.cut_seq);
  if (!more) data_ += thread::export_footer(asked_.format);
  constexpr std::string_view names[] = {"jsonl", "openai", "markdown", "csv"};
  json_writer out;
  out.begin_object().field("format", names[static_cast<int>(asked_.format)]).field("data", data_);
  out.field("count", count_);
  if (more) {
    const transport::export_cursor next{last_seq_, asked_.format, cut_seq_, cut_offset_, cut_hash_};
    out.field("next_cursor", transport::encode_cursor(next));
  }
  out.end_object();
  return std::move(out).take();
}

} // namespace ropewalk::actors
