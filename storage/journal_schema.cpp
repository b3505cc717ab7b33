#include "storage/journal_schema.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/sqlite_migrations.hpp"

namespace ropewalk::storage {

namespace {

error no_journal(const std::string& what) {
  return {errc::corrupt, "journal_damaged", "the journal's meta table has no valid " + what, {}};
}

} // namespace

bool is_valid_cluster(std::string_view id) noexcept {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

result<journal_meta> load_meta(sqlite::connection& db) {
  const auto cluster = db.text("SELECT value FROM meta WHERE name = 'cluster'");
  if (!cluster || !is_valid_cluster(*cluster)) return cluster ? no_journal("cluster") : cluster.error();
  const auto partitions = db.integer("SELECT value FROM meta WHERE name = 'partitions'");
  if (!partitions) return partitions.error();
  if (*partitions < 1 || *partitions > journal::partitions_max) return no_journal("count of partitions");
  const auto epoch = db.integer("SELECT value FROM meta WHERE name = 'epoch'");
  if (!epoch) return epoch.error();
  if (*epoch < 1) return no_journal("epoch");
  const auto created_at = db.integer("SELECT value FROM meta WHERE name = 'created_at_us'");
  if (!created_at) return created_at.error();
  return journal_meta{*cluster, static_cast<std::uint16_t>(*partitions), static_cast<std::uint64_t>(*epoch),
                      instant{*created_at}};
}

status_result store_meta(sqlite::connection& db, const journal_meta& meta) {
  auto put = db.prepare({"store_meta", "INSERT INTO meta (name, value) VALUES ('cluster', ?1), ('partitions', ?2),"
                                       " ('epoch', ?3), ('created_at_us', ?4)"});
  if (!put) return put.error();
  put->bind(1, meta.cluster);
  put->bind(2, std::int64_t{meta.partitions});
  put->bind(3, meta.epoch);
  put->bind(4, meta.created_at.us);
  return put->run();
}

result<opened_journal> open_journal_to_read(const std::filesystem::path& file, const journal_options& options) {
  auto db = sqlite::connection::open(file, {.read_only = true, .vfs = options.vfs});
  if (!db) return db.error();
  if (auto known = sqlite::check_schema(*db, journal_application_id, std::size(journal_schema), "journal"); !known)
    return known.error();
  auto meta = load_meta(*db);
  if (!meta) return meta.error();
  return opened_journal{*std::move(db), *std::move(meta)};
}

} // namespace ropewalk::storage
