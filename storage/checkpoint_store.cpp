#include "storage/checkpoint_store.hpp"

#include <algorithm>

#include "storage/entry_row.hpp"
#include "storage/journal_schema.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

namespace {

error not_there() { return {errc::not_found, "no_checkpoint", "there is no such checkpoint", {}}; }

void bind_entity(sqlite::statement& s, const entity_key& entity) {
  s.bind(1, static_cast<std::int64_t>(entity.kind));
  s.bind(2, entity.org);
  s.bind(3, entity.id);
}

// Ids are UUIDs in lower case.
result<std::string> id_beginning(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  const bool fits = !lower.empty() && lower.size() <= 36 && std::all_of(lower.begin(), lower.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
  });
  if (!fits)
    return invalid("checkpoint", "must be a checkpoint's id or the beginning of one: digits, a to f and hyphens");
  return lower;
}

} // namespace

struct checkpoint_store::impl {
  sqlite::connection db;
  std::string cluster;
  sqlite::statement down, list, count, of_org, of_entity, exact, entry;

  status_result prepare_all() {
    constexpr const char* with_prefix = "SELECT " ROPEWALK_CHECKPOINT_COLUMNS
                                        " FROM checkpoints WHERE org = ?2 AND id >= ?4 AND id < ?5 ORDER BY id LIMIT 2";
    constexpr const char* of_one = "SELECT " ROPEWALK_CHECKPOINT_COLUMNS " FROM checkpoints WHERE org = ?2 AND id >= ?4"
                                   " AND id < ?5 AND kind = ?1 AND entity = ?3 LIMIT 2";
    return db.prepare_all({
        {down, select_checkpoints_down},
        {list,
         {"list_checkpoints", "SELECT " ROPEWALK_CHECKPOINT_COLUMNS " FROM checkpoints WHERE kind = ?1"
                              " AND org = ?2 AND entity = ?3 AND version < ?4 ORDER BY version DESC LIMIT ?5"}},
        {count, {"count_checkpoints", "SELECT count(*) FROM checkpoints WHERE kind = ?1 AND org = ?2 AND entity = ?3"}},
        {of_org, {"find_checkpoint", with_prefix}},
        {of_entity, {"find_checkpoint_of_entity", of_one}},
        {exact,
         {"load_checkpoint", "SELECT " ROPEWALK_CHECKPOINT_COLUMNS ", sealed FROM checkpoints WHERE kind = ?1"
                             " AND org = ?2 AND entity = ?3 AND version = ?4 AND id = ?5"}},
        {entry, select_entry},
    });
  }

  result<checkpoint> verified(const keyring& keys, const checkpoint_info& info, const sqlite::statement& row) {
    auto opened = open_checkpoint(keys, info, sealed_of(row), entry);
    if (!opened) return opened.error();
    return checkpoint{info, std::move(opened->key), opened->after, std::move(opened->bytes)};
  }

  result<checkpoint_info> find(sqlite::statement& select, const entity_key& who, std::string_view id) {
    const auto from = id_beginning(id);
    if (!from) return from.error();
    const std::string to = *from + 'g'; // behind all that begin so
    bind_entity(select, who);
    select.bind(4, *from);
    select.bind(5, to);
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return not_there();
    checkpoint_info info = read_checkpoint(select, cluster);
    const auto another = select.step();
    select.clear();
    if (!another) return another.error();
    if (*another)
      return error{
          errc::conflict, "ambiguous_id", "several checkpoints begin with \"" + *from + "\"; give more of it", {}};
    return info;
  }

  // At the row of `which`, which is read and then cleared by the caller.
  status_result step_to(const checkpoint_info& which) {
    bind_entity(exact, which.about.entity);
    exact.bind(4, which.about.version);
    exact.bind(5, which.about.id);
    const auto row = exact.step();
    if (!row) return row.error();
    if (!*row) return not_there();
    return ok();
  }
};

result<checkpoint_store> checkpoint_store::open(const std::filesystem::path& file, const journal_options& options) {
  auto i = std::make_unique<impl>();
  auto opened = open_journal_to_read(file, options);
  if (!opened) return opened.error();
  i->db = std::move(opened->db);
  i->cluster = std::move(opened->meta.cluster);
  if (auto ready = i->prepare_all(); !ready) return ready.error();
  return checkpoint_store{std::move(i)};
}

checkpoint_store::checkpoint_store(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
checkpoint_store::checkpoint_store(checkpoint_store&&) noexcept = default;
checkpoint_store& checkpoint_store::operator=(checkpoint_store&&) noexcept = default;
checkpoint_store::~checkpoint_store() = default;

result<std::optional<checkpoint>> checkpoint_store::newest_good(const keyring& keys, const entity_key& entity,
                                                                std::uint64_t at_or_below,
                                                                const refused_listener& refused) {
  auto& rows = impl_->down;
  bind_entity(rows, entity);
  rows.bind(4, std::min<std::uint64_t>(at_or_below, INT64_MAX));
  std::optional<checkpoint> found;
  while (!found) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) break;
    const checkpoint_info info = read_checkpoint(rows, impl_->cluster);
    auto opened = impl_->verified(keys, info, rows);
    if (opened) found = std::move(*opened);
    else if (!refuses_checkpoint(opened.error())) {
      rows.clear();
      return opened.error();
    } else if (refused) refused(info, opened.error());
  }
  rows.clear(); // or a read transaction would keep the log from starting again
  return found;
}

result<checkpoint_page> checkpoint_store::list(const entity_key& entity, std::uint64_t before, std::size_t limit) {
  const std::size_t most = std::clamp<std::size_t>(limit, 1, page_max);
  auto& rows = impl_->list;
  bind_entity(rows, entity);
  rows.bind(4, before == 0 ? std::uint64_t{INT64_MAX} : std::min<std::uint64_t>(before, INT64_MAX));
  rows.bind(5, std::uint64_t{most + 1});
  checkpoint_page page;
  while (true) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) break;
    if (page.checkpoints.size() == most) {
      page.before = page.checkpoints.back().about.version;
      break;
    }
    page.checkpoints.push_back(read_checkpoint(rows, impl_->cluster));
  }
  rows.clear();
  return page;
}

result<std::uint64_t> checkpoint_store::count(const entity_key& entity) {
  bind_entity(impl_->count, entity);
  const auto row = impl_->count.step();
  if (!row) return row.error();
  const std::uint64_t all = impl_->count.natural(0);
  impl_->count.clear();
  return all;
}

result<checkpoint_info> checkpoint_store::find(const std::string& org, std::string_view id) {
  return impl_->find(impl_->of_org, {org, {}, {}}, id);
}

result<checkpoint_info> checkpoint_store::find(const entity_key& entity, std::string_view id) {
  return impl_->find(impl_->of_entity, entity, id);
}

result<checkpoint> checkpoint_store::load(const keyring& keys, const checkpoint_info& which) {
  if (auto there = impl_->step_to(which); !there) return there.error();
  auto opened = impl_->verified(keys, read_checkpoint(impl_->exact, impl_->cluster), impl_->exact);
  impl_->exact.clear();
  return opened;
}

result<std::string> checkpoint_store::sealed(const checkpoint_info& which) {
  if (auto there = impl_->step_to(which); !there) return there.error();
  std::string blob{sealed_of(impl_->exact)};
  impl_->exact.clear();
  return blob;
}

} // namespace ropewalk::storage
