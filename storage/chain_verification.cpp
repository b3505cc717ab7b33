#include "storage/chain_verification.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "storage/anchor.hpp"
#include "storage/chain.hpp"
#include "storage/checkpoint_verification.hpp"
#include "storage/entry_row.hpp"
#include "storage/snapshots.hpp"

namespace ropewalk::storage {

namespace {

constexpr std::int64_t piece = 4096; // entries in one read transaction

constexpr sqlite::named_sql select_snapshots_after = {
    "select_snapshots_after", "SELECT rowid, kind, org, entity, version, state, sha256 FROM snapshots"
                              " WHERE rowid > ?1 ORDER BY rowid LIMIT 64"};

std::string name_of(const entity_key& e) {
  return std::string(1, static_cast<char>(e.kind)) + std::to_string(e.org.size()) + ':' + e.org + e.id;
}

class verification {
public:
  verification(sqlite::connection& db, const journal_meta& meta) : db_(db), chain_(meta) {}

  // The anchor is read before the end of the file: a running node moves both on.
  status_result start(const journal_meta& meta) {
    auto anchored = load_anchor(db_, meta);
    if (anchored) anchor_ = std::move(*anchored);
    else if (anchored.error().code == errc::corrupt) anchor_fault_ = anchored.error().detail;
    else return anchored.error();
    const auto end = db_.integer("SELECT coalesce(max(position), 0) FROM entries");
    if (!end) return end.error();
    end_ = static_cast<std::uint64_t>(*end);
    auto rows = db_.prepare(select_entries_after);
    if (!rows) return rows.error();
    rows_ = std::move(*rows);
    return ok();
  }

  bool finished() const { return report_.first_bad || chain_.position() >= end_; }
  std::uint64_t position() const { return chain_.position(); }
  std::uint64_t end() const { return end_; }

  status_result follow_piece() {
    const std::uint64_t before = chain_.position();
    rows_.bind(1, before);
    rows_.bind(2, piece);
    while (!finished()) {
      const auto row = rows_.step();
      if (!row) return row.error();
      if (!*row) break;
      if (const auto why = follow()) fault(entry_, *why);
    }
    rows_.reset();
    if (!finished() && chain_.position() == before) fault_at(before + 1, "the entry is missing");
    return ok();
  }

  result<chain_report> finish() {
    if (!report_.first_bad && !anchor_fault_.empty()) fault_at(0, anchor_fault_);
    if (!report_.first_bad && anchor_ && chain_.position() < anchor_->position)
      fault_at(chain_.position() + 1, "the anchor names later entries, which are missing");
    report_.heads = chain_.heads();
    report_.entities = versions_.size();
    if (auto checked = check_snapshots(); !checked) return checked.error();
    return std::move(report_);
  }

private:
  std::optional<std::string> follow() {
    if (auto read = read_entry(rows_, entry_); !read) return read.error().detail;
    if (auto why = chain_.follow(entry_)) return why;
    std::uint64_t& version = versions_[name_of(entry_.entity)];
    if (entry_.event.version != version + 1)
      return "its version is " + std::to_string(entry_.event.version) + ", after " + std::to_string(version) +
             " of the same entity";
    version = entry_.event.version;
    ++report_.entries;
    if (anchor_ && anchor_->position == entry_.position && anchor_->heads != chain_.heads())
      return "the anchor names other heads as of this position";
    return std::nullopt;
  }

  status_result check_snapshots() {
    auto rows = db_.prepare(select_snapshots_after);
    if (!rows) return rows.error();
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
        const entity_key entity{std::string{rows->text(2)}, static_cast<entity_kind>(rows->integer(1)),
                                std::string{rows->text(3)}};
        const auto state = rows->blob(5);
        const auto sha = rows->blob(6);
        const digest expected =
            snapshot_hash(entity, rows->natural(4), {reinterpret_cast<const char*>(state.data()), state.size()});
        ++report_.snapshots;
        if (!std::equal(sha.begin(), sha.end(), expected.begin(), expected.end())) ++report_.bad_snapshots;
      }
    }
    return ok();
  }

  void fault(const entry& e, std::string why) {
    report_.first_bad = chain_fault{e.partition, e.index, e.position, std::move(why)};
  }
  void fault_at(std::uint64_t position, std::string why) {
    report_.first_bad = chain_fault{{}, 0, position, std::move(why)};
  }

  sqlite::connection& db_;
  sqlite::statement rows_;
  chain chain_;
  std::optional<anchor> anchor_;
  std::string anchor_fault_;
  std::uint64_t end_ = 0;
  chain_report report_;
  entry entry_;
  std::unordered_map<std::string, std::uint64_t> versions_;
};

} // namespace

result<chain_report> verify_journal(sqlite::connection& db, const journal_meta& meta,
                                    const std::function<bool(std::uint64_t, std::uint64_t)>& progress,
                                    const keyring* keys) {
  const error interrupted{errc::unavailable, "interrupted", "the verification was interrupted", {}};
  verification v{db, meta};
  if (auto started = v.start(meta); !started) return started.error();
  while (!v.finished()) {
    if (auto followed = v.follow_piece(); !followed) return followed.error();
    if (progress && !progress(v.position(), v.end())) return interrupted;
  }
  auto report = v.finish();
  if (!report) return report;
  const auto go_on = [&] { return !progress || progress(v.end(), v.end()); };
  const auto whole = verify_checkpoints(db, meta.cluster, keys, go_on, *report);
  if (!whole) return whole.error();
  if (!*whole) return interrupted;
  return report;
}

} // namespace ropewalk::storage
