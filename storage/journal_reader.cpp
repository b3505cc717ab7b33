#include "storage/journal_reader.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "storage/chain_verification.hpp"
#include "storage/entry_hash.hpp"
#include "storage/entry_row.hpp"
#include "storage/journal_schema.hpp"
#include "storage/quarantine.hpp"
#include "storage/snapshots.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

namespace {

std::atomic<std::uint64_t> passed_over{0};

error does_not_verify(std::uint64_t position) {
  return {errc::corrupt,
          "journal_damaged",
          "the entry at position " + std::to_string(position) + " of the journal does not verify",
          {}};
}

} // namespace

struct journal_reader::impl {
  sqlite::connection db;
  journal_meta meta;
  sqlite::statement after, at, snapshot, last, cut, cut_entities, cut_of, quarantined, before, behind;

  error missing(std::uint64_t position);
  status_result prepare_all() {
    return db.prepare_all({
        {after, select_entries_after},
        {at, select_entry},
        {snapshot, select_snapshot},
        {last, select_last_position},
        {cut, select_last_cut},
        {cut_entities,
         {"entities_cut_since",
          "SELECT kind, org, entity, min(version) FROM quarantine WHERE cut > ?1 AND position <= ?2"
          " GROUP BY kind, org, entity"}},
        {cut_of,
         {"entries_cut_since", "SELECT " ROPEWALK_ENTRY_COLUMNS " FROM quarantine WHERE cut > ?1 AND position <= ?2"
                               " AND kind = ?3 AND org = ?4 AND entity = ?5"
                               " AND damaged = 0 ORDER BY position"}},
        {quarantined, {"quarantined_entry", "SELECT hash FROM quarantine WHERE position = ?1"}},
        {before,
         {"entry_before", "SELECT idx, hash FROM entries WHERE position < ?1 AND position >= ?1 - ?3 AND partition = ?2"
                          " ORDER BY position DESC LIMIT 1"}},
        {behind,
         {"entry_behind", "SELECT idx, prev_hash FROM entries WHERE position > ?1 AND position <= ?1 + ?3"
                          " AND partition = ?2 ORDER BY position LIMIT 1"}},
    });
  }
};

error journal_reader::impl::missing(std::uint64_t position) {
  const std::string which = "the entry at position " + std::to_string(position) + " of the journal ";
  quarantined.bind(1, position);
  const auto kept = quarantined.step();
  if (!kept) return kept.error();
  quarantined.reset();
  if (*kept) return {errc::unavailable, "entry_cut", which + "was cut off and is in quarantine", {}};
  return {errc::corrupt, "journal_damaged", which + "is missing", {}};
}

result<journal_reader> journal_reader::open(const std::filesystem::path& file, const journal_options& options) {
  auto i = std::make_unique<impl>();
  auto opened = open_journal_to_read(file, options);
  if (!opened) return opened.error();
  i->db = std::move(opened->db);
  i->meta = std::move(opened->meta);
  if (auto ready = i->prepare_all(); !ready) return ready.error();
  return journal_reader{std::move(i)};
}

journal_reader::journal_reader(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
journal_reader::journal_reader(journal_reader&&) noexcept = default;
journal_reader& journal_reader::operator=(journal_reader&&) noexcept = default;
journal_reader::~journal_reader() = default;

const journal_meta& journal_reader::meta() const noexcept { return impl_->meta; }
std::uint64_t journal_reader::bad_snapshots() noexcept { return passed_over.load(std::memory_order_relaxed); }

result<std::uint64_t> journal_reader::last_position() {
  const auto row = impl_->last.step();
  if (!row) return row.error();
  const std::uint64_t position = impl_->last.natural(0);
  impl_->last.reset();
  return position;
}

result<read_progress> journal_reader::read_after(std::uint64_t after, std::size_t max_entries, std::size_t max_bytes,
                                                 const std::function<void(entry&&)>& take) {
  read_progress progress{0, after, 0};
  std::size_t bytes = 0;
  // Stays at its row until the end, and with it one state of the file: entries and the cuts before them.
  auto& cut = impl_->cut;
  const auto any_cut = cut.step();
  if (!any_cut) return any_cut.error();
  std::uint64_t passed = 0;
  if (*any_cut) {
    progress.last_cut = cut.natural(0);
    passed = cut.natural(1);
  }
  const sqlite::reading end_of_cut{cut};
  auto& rows = impl_->after;
  rows.bind(1, after);
  rows.bind(2, static_cast<std::int64_t>(max_entries));
  while (bytes < max_bytes || progress.entries == 0) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) {
      if (progress.entries < max_entries) progress.last_position = std::max(progress.last_position, passed);
      return progress;
    }
    entry e;
    auto read = read_entry(rows, e);
    if (!read || hash_of(e) != e.hash) {
      rows.reset();
      return read ? does_not_verify(e.position) : read.error();
    }
    bytes += e.event.body.size();
    ++progress.entries;
    progress.last_position = e.position;
    take(std::move(e));
  }
  rows.reset(); // or a read transaction would keep the log from starting again
  return progress;
}

result<link_state> journal_reader::links_of(const entry& e) {
  constexpr std::uint64_t near = 1'000; // positions; there is no index of partitions beside them
  const auto beside = [&](sqlite::statement& row, std::uint64_t index, const digest& hash) -> result<link_state> {
    row.bind(1, e.position);
    row.bind(2, static_cast<std::int64_t>(e.partition.value));
    row.bind(3, near);
    const auto there = row.step();
    if (!there) return there.error();
    const sqlite::reading end{row};
    if (!*there) return link_state::unknown;
    const std::uint64_t its = row.natural(0);
    if (its == e.index) return link_state::cut;
    if (its != index) return link_state::unknown; // the one between is missing: whoever reads that one is told
    const auto bytes = row.blob(1);
    const bool fits = bytes.size() == hash.size() && std::equal(bytes.begin(), bytes.end(), hash.begin());
    return fits ? link_state::fits : link_state::broken;
  };
  const auto before = beside(impl_->before, e.index - 1, e.prev_hash);
  if (!before || *before == link_state::broken || *before == link_state::cut) return before;
  const auto behind = beside(impl_->behind, e.index + 1, e.hash);
  if (!behind || *behind != link_state::unknown) return behind;
  return before;
}

result<std::vector<entry>> journal_reader::read_at(std::span<const std::uint64_t> positions) {
  auto reading = sqlite::transaction::begin(impl_->db, sqlite::transaction::mode::read);
  if (!reading) return reading.error();
  std::vector<entry> found;
  found.reserve(positions.size());
  auto& row = impl_->at;
  for (const std::uint64_t position : positions) {
    row.bind(1, position);
    const auto there = row.step();
    if (!there) return there.error();
    if (!*there) return impl_->missing(position);
    entry& e = found.emplace_back();
    auto read = read_entry(row, e);
    row.reset();
    if (!read) return read.error();
    if (hash_of(e) != e.hash) return does_not_verify(position);
  }
  return found;
}

result<std::uint64_t> journal_reader::last_cut() {
  const auto row = impl_->cut.step();
  if (!row) return row.error();
  const std::uint64_t id = *row ? impl_->cut.natural(0) : 0;
  impl_->cut.reset();
  return id;
}

result<cut_news> journal_reader::cut_since(std::uint64_t cut, std::uint64_t upto) {
  auto reading = sqlite::transaction::begin(impl_->db, sqlite::transaction::mode::read);
  if (!reading) return reading.error();
  cut_news news;
  const auto last = last_cut();
  if (!last) return last.error();
  news.last_cut = *last;
  auto& rows = impl_->cut_entities;
  rows.bind(1, cut);
  rows.bind(2, upto);
  while (true) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) return news;
    news.entities.push_back(
        {{std::string(rows.text(1)), static_cast<entity_kind>(rows.integer(0)), std::string(rows.text(2))},
         rows.natural(3)});
  }
}

result<std::vector<entry>> journal_reader::cut_entries(std::uint64_t cut, std::uint64_t upto, const entity_key& who) {
  std::vector<entry> found;
  auto& rows = impl_->cut_of;
  rows.bind(1, cut);
  rows.bind(2, upto);
  rows.bind(3, static_cast<std::int64_t>(who.kind));
  rows.bind(4, who.org);
  rows.bind(5, who.id);
  while (true) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) return found;
    entry e;
    auto read = read_entry(rows, e);
    if (!read || hash_of(e) != e.hash) {
      rows.reset();
      return read ? does_not_verify(e.position) : read.error();
    }
    found.push_back(std::move(e));
  }
}

result<digest> journal_reader::hash_at(std::uint64_t position) {
  const auto there = read_at(std::array{position});
  if (there) return there->front().hash;
  if (there.error().type != "entry_cut") return there.error();
  impl_->quarantined.bind(1, position);
  const auto row = impl_->quarantined.step();
  if (!row) return row.error();
  digest hash{};
  if (*row) {
    const auto bytes = impl_->quarantined.blob(0);
    if (bytes.size() == hash.size()) std::copy(bytes.begin(), bytes.end(), hash.begin());
  }
  impl_->quarantined.reset();
  return hash;
}

result<std::optional<entity_snapshot>> journal_reader::snapshot(const entity_key& entity) {
  auto found = load_snapshot(impl_->snapshot, entity);
  if (!found) return found.error();
  if (found->damaged) passed_over.fetch_add(1, std::memory_order_relaxed);
  return std::move(found->snapshot);
}

result<chain_report> journal_reader::verify_chain(const std::function<bool(std::uint64_t, std::uint64_t)>& progress,
                                                  const keyring* keys) {
  return verify_journal(impl_->db, impl_->meta, progress, keys);
}

} // namespace ropewalk::storage
