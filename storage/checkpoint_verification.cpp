#include "storage/checkpoint_verification.hpp"

#include "storage/checkpoint_rows.hpp"
#include "storage/entry_row.hpp"

namespace ropewalk::storage {

namespace {

// Few at a time: a state may have megabytes, and a long read transaction would hold a running node's log back.
constexpr sqlite::named_sql select_checkpoints_after = {"select_checkpoints_after",
                                                        "SELECT " ROPEWALK_CHECKPOINT_COLUMNS
                                                        ", sealed FROM checkpoints WHERE pk > ?1 ORDER BY pk LIMIT 64"};

constexpr std::size_t refused_max = 16; // that are named; all are counted

void count(chain_report& report, const checkpoint_info& info, const error* refused) {
  ++report.checkpoints;
  if (!refused) {
    ++report.good_checkpoints;
    return;
  }
  ++(refused->type == "seal_unknown_key" ? report.unknown_key_checkpoints : report.bad_checkpoints);
  if (report.refused_checkpoints.size() < refused_max)
    report.refused_checkpoints.push_back({info.about.entity, info.about.version, info.about.id, *refused});
}

} // namespace

result<bool> verify_checkpoints(sqlite::connection& db, const std::string& cluster, const keyring* keys,
                                const std::function<bool()>& go_on, chain_report& report) {
  if (!keys) {
    const auto all = db.integer("SELECT count(*) FROM checkpoints");
    if (!all) return all.error();
    report.checkpoints = static_cast<std::uint64_t>(*all);
    return true;
  }
  auto rows = db.prepare(select_checkpoints_after);
  if (!rows) return rows.error();
  auto entry_at = db.prepare(select_entry);
  if (!entry_at) return entry_at.error();
  std::int64_t last = 0;
  for (bool more = true; more;) {
    rows->bind(1, last);
    more = false;
    while (true) {
      const auto row = rows->step();
      if (!row) return row.error();
      if (!*row) break;
      more = true;
      last = rows->integer(0);
      const checkpoint_info info = read_checkpoint(*rows, cluster);
      const auto opened = open_checkpoint(*keys, info, sealed_of(*rows), *entry_at);
      if (!opened && !refuses_checkpoint(opened.error())) return opened.error();
      count(report, info, opened ? nullptr : &opened.error());
    }
    if (more && !go_on()) return false;
  }
  return true;
}

} // namespace ropewalk::storage
