#include "storage/entry_row.hpp"

#include <algorithm>
#include <limits>

namespace ropewalk::storage {

namespace {

enum column {
  position,
  partition,
  idx,
  epoch,
  kind,
  org,
  id,
  version,
  type,
  time_us,
  idem_key,
  idem_fingerprint,
  idem_entries,
  body,
  prev_hash,
  hash
};
constexpr const char* column_names[] = {
    "position", "partition",        "idx",          "epoch", "kind",      "org", "entity", "version", "type", "time_us",
    "idem_key", "idem_fingerprint", "idem_entries", "body",  "prev_hash", "hash"};

using cell = sqlite::statement::type;

// Reads a row's columns one after the other and remembers the first that is not of its shape.
class row_reader {
public:
  explicit row_reader(const sqlite::statement& row) : row_(row) {}

  template <class T>
  void number(column at, T& out, std::int64_t least, std::uint64_t most) {
    const std::int64_t value = row_.integer(at);
    const bool fits =
        row_.type_of(at) == cell::integer && value >= least && (value < 0 || static_cast<std::uint64_t>(value) <= most);
    if (!require(fits, at)) return;
    out = static_cast<T>(value);
  }
  void text(column at, std::string& out) {
    if (require(row_.type_of(at) == cell::text, at)) out.assign(row_.text(at));
  }
  template <std::size_t N>
  void bytes(column at, std::array<std::uint8_t, N>& out) {
    if (!require(row_.type_of(at) == cell::blob, at)) return;
    const auto blob = row_.blob(at);
    if (require(blob.size() == N, at)) std::copy(blob.begin(), blob.end(), out.begin());
  }
  void null(column at) { require(row_.is_null(at), at); }
  status_result end() const {
    if (bad_ < 0) return ok();
    return error{errc::corrupt,
                 "journal_row",
                 "position " + std::to_string(row_.integer(position)) + " of the journal: column " +
                     column_names[bad_] + " has a value that no entry has",
                 {}};
  }

private:
  bool require(bool holds, column at) {
    if (!holds && bad_ < 0) bad_ = at;
    return holds;
  }
  const sqlite::statement& row_;
  int bad_ = -1;
};

constexpr auto any = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

} // namespace

void bind_entry(sqlite::statement& insert, const entry& e) {
  insert.bind(1 + position, e.position);
  insert.bind(1 + partition, std::int64_t{e.partition.value});
  insert.bind(1 + idx, e.index);
  insert.bind(1 + epoch, e.epoch);
  insert.bind(1 + kind, static_cast<std::int64_t>(e.entity.kind));
  insert.bind(1 + org, e.entity.org);
  insert.bind(1 + id, e.entity.id);
  insert.bind(1 + version, e.event.version);
  insert.bind(1 + type, e.event.type);
  insert.bind(1 + time_us, e.event.time.us);
  if (const auto& keyed = e.event.idempotency) {
    insert.bind(1 + idem_key, keyed->key);
    insert.bind(1 + idem_fingerprint, std::span<const std::uint8_t>{keyed->fingerprint});
    insert.bind(1 + idem_entries, std::int64_t{keyed->entries});
  } else {
    insert.bind_null(1 + idem_key);
    insert.bind_null(1 + idem_fingerprint);
    insert.bind_null(1 + idem_entries);
  }
  insert.bind(1 + body, e.event.body);
  insert.bind(1 + prev_hash, std::span<const std::uint8_t>{e.prev_hash});
  insert.bind(1 + hash, std::span<const std::uint8_t>{e.hash});
}

void bind_promised(sqlite::statement& insert, const entry& e) {
  constexpr int parameter = 17;
  if (e.promised) insert.bind(parameter, static_cast<std::int64_t>(*e.promised));
  else insert.bind_null(parameter);
}

status_result read_entry(const sqlite::statement& row, entry& e) {
  row_reader in{row};
  in.number(position, e.position, 1, any);
  in.number(partition, e.partition.value, 0, UINT16_MAX);
  in.number(idx, e.index, 1, any);
  in.number(epoch, e.epoch, 1, any);
  in.number(kind, e.entity.kind, 1, UINT8_MAX); // what a kind means is for those who fold it
  in.text(org, e.entity.org);
  in.text(id, e.entity.id);
  in.number(version, e.event.version, 1, any);
  in.text(type, e.event.type);
  in.number(time_us, e.event.time.us, std::numeric_limits<std::int64_t>::min(), any);
  if (row.is_null(idem_key)) {
    in.null(idem_fingerprint);
    in.null(idem_entries);
    e.event.idempotency.reset();
  } else {
    auto& keyed = e.event.idempotency.emplace();
    in.text(idem_key, keyed.key);
    in.bytes(idem_fingerprint, keyed.fingerprint);
    in.number(idem_entries, keyed.entries, 0, UINT32_MAX);
  }
  in.text(body, e.event.body);
  in.bytes(prev_hash, e.prev_hash);
  in.bytes(hash, e.hash);
  return in.end();
}

} // namespace ropewalk::storage
