#include "runtime/replication/entry_bytes.hpp"

namespace ropewalk::replication {

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

} // namespace ropewalk::replication
