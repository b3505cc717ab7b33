#include "runtime/replication/record_codec.hpp"

#include <utility>

#include "runtime/replication/byte_fields.hpp"
#include "runtime/replication/entry_bytes.hpp"

namespace ropewalk::replication {

namespace {

constexpr std::string_view record_mark = "RWR";
constexpr std::uint8_t record_format = 1;

} // namespace

std::string encode(const record& r) {
  byte_writer out;
  out.bytes().append(record_mark);
  out.number(record_format);
  out.number(static_cast<std::uint8_t>(r.kind));
  out.number(r.epoch);
  out.text(r.owner);
  out.point(r.base);
  out.number(static_cast<std::uint32_t>(r.entries.size()));
  for (const entry_ptr& e : r.entries) put_entry(out, *e);
  return std::move(out.bytes());
}

result<record> decode(std::string_view bytes, partition_id partition) {
  const auto malformed = [](const char* what) {
    return error{errc::corrupt, "malformed_record", std::string("a record of the stream has ") + what, {}};
  };
  if (!bytes.starts_with(record_mark)) return malformed("no mark of a record");
  byte_reader in(bytes.substr(record_mark.size()));
  std::uint8_t format = 0, kind = 0;
  in.number(format);
  in.number(kind);
  if (!in.good()) return malformed("no kind");
  if (format > record_format || kind > static_cast<std::uint8_t>(record_kind::members))
    return error{errc::unsupported, "newer_record",
                 "a record of the stream was written by a newer program: format " + std::to_string(format) + ", kind " +
                     std::to_string(kind) + "; this one knows format " + std::to_string(record_format) +
                     " and kinds up to " + std::to_string(static_cast<int>(record_kind::members)),
                 {}};
  if (format == 0 || kind == 0) return malformed("a kind that there is not");
  record r;
  r.kind = static_cast<record_kind>(kind);
  std::uint32_t count = 0;
  in.number(r.epoch);
  in.text(r.owner);
  in.point(r.base);
  in.number(count);
  if (!in.good() || count > record_limits::entries) return malformed("fields that do not fit its size");
  r.entries.reserve(count);
  const digest* before = &r.base.hash;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto e = std::make_shared<entry>();
    e->partition = partition;
    e->index = r.base.index + 1 + i;
    e->epoch = r.epoch;
    e->prev_hash = *before;
    if (!take_entry(in, *e)) return malformed("an entry that does not fit its size");
    r.entries.push_back(e);
    before = &r.entries.back()->hash;
  }
  if (!in.at_end()) return malformed("bytes after its end");
  return r;
}

} // namespace ropewalk::replication
