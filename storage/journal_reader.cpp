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

struct reset_at_end {
  sqlite::statement& what;
  ~reset_at_end() { what.reset(); }
};

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
  sqlite::statement after, at, snapshot, last, cut;

  status_result prepare_all() {
    return db.prepare_all({
        {after, select_entries_after},
        {at, select_entry},
        {snapshot, select_snapshot},
        {last, select_last_position},
        {cut, select_last_cut},
    });
  }
};

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
  const reset_at_end end_of_cut{cut};
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
    if (!*there)
      return error{errc::corrupt,
                   "journal_damaged",
                   "the entry at position " + std::to_string(position) + " of the journal is missing",
                   {}};
    entry& e = found.emplace_back();
    auto read = read_entry(row, e);
    row.reset();
    if (!read) return read.error();
    if (hash_of(e) != e.hash) return does_not_verify(position);
  }
  return found;
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
