#include "runtime/replication/record_codec.hpp"

#include <utility>

#include "runtime/replication/byte_fields.hpp"

namespace ropewalk::replication {

namespace {

constexpr std::string_view record_mark = "RWR";
constexpr std::uint8_t record_format = 1;

void put_entry(byte_writer& out, const entry& e) {
  out.number(static_cast<std::uint8_t>(e.entity.kind));
  out.text(e.entity.org);
  out.text(e.entity.id);
  out.number(e.event.version);
  out.text(e.event.type);
  out.number(e.event.time.us);
  if (const auto& keyed = e.event.idempotency) {
    out.number(std::uint8_t{1});
    out.text(keyed->key);
    out.raw(keyed->fingerprint);
    out.number(keyed->entries);
  } else {
    out.number(std::uint8_t{0});
  }
  out.text(e.event.body);
  out.raw(e.hash);
}

bool take_entry(byte_reader& in, entry& e) {
  std::uint8_t kind = 0, keyed = 0;
  in.number(kind);
  in.text(e.entity.org);
  in.text(e.entity.id);
  in.number(e.event.version);
  in.text(e.event.type);
  in.number(e.event.time.us);
  in.number(keyed);
  if (keyed > 1) return false;
  if (keyed == 1) {
    auto& record = e.event.idempotency.emplace();
    in.text(record.key);
    in.raw(record.fingerprint);
    in.number(record.entries);
  }
  in.text(e.event.body);
  in.raw(e.hash);
  e.entity.kind = static_cast<entity_kind>(kind);
  return in.good() && kind >= 1;
}

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
  if (format > record_format || kind > static_cast<std::uint8_t>(record_kind::seal))
    return error{errc::unsupported, "newer_record", "a record of the stream was written by a newer program", {}};
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
