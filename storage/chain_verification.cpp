#include "storage/chain_verification.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "storage/anchor.hpp"
#include "storage/chain.hpp"
#include "storage/checkpoint_verification.hpp"
#include "storage/entry_hash.hpp"
#include "storage/entry_row.hpp"
#include "storage/quarantine.hpp"
#include "storage/snapshots.hpp"

namespace ropewalk::storage {

namespace {

constexpr std::int64_t piece = 4096; // entries in one read transaction

constexpr int damaged_column = 16; // behind ROPEWALK_ENTRY_COLUMNS

constexpr const char* other_heads = "the anchor names other heads as of this position";

constexpr sqlite::named_sql select_snapshots_after = {
    "select_snapshots_after", "SELECT rowid, kind, org, entity, version, state, sha256 FROM snapshots"
                              " WHERE rowid > ?1 ORDER BY rowid LIMIT 64"};

std::string name_of(const entity_key& e) {
  return std::string(1, static_cast<char>(e.kind)) + std::to_string(e.org.size()) + ':' + e.org + e.id;
}

class verification {
public:
  verification(sqlite::connection& db, const journal_meta& meta) : db_(db), chain_(meta), epochs_(meta.partitions) {}

  // The anchor is read before the end of the file: a running node moves both on. And the last cut before the anchor: one that
  // comes later takes entries away that were followed, see changed().
  status_result start(const journal_meta& meta) {
    auto cuts = db_.prepare(select_last_cut);
    if (!cuts) return cuts.error();
    last_cut_ = std::move(*cuts);
    auto cut = newest_cut();
    if (!cut) return cut.error();
    cut_ = *cut;
    auto anchored = load_anchor(db_, meta);
    if (anchored) anchor_ = std::move(*anchored);
    else if (anchored.error().code == errc::corrupt) anchor_fault_ = anchored.error().detail;
    else return anchored.error();
    const auto end = db_.integer("SELECT coalesce(max(position), 0) FROM entries");
    if (!end) return end.error();
    end_ = static_cast<std::uint64_t>(*end);
    return db_.prepare_all({
        {rows_, select_entries_after},
        {missing_, {"quarantined_between", "SELECT count(*) FROM quarantine WHERE position > ?1 AND position < ?2"}},
    });
  }

  bool finished() const { return report_.first_bad || chain_.position() >= end_; }
  // The chains are other ones now: all that was seen is void.
  bool changed() const { return changed_; }
  std::uint64_t position() const { return chain_.position(); }
  std::uint64_t end() const { return end_; }

  status_result follow_piece() {
    const std::uint64_t before = chain_.position();
    auto reading = sqlite::transaction::begin(db_, sqlite::transaction::mode::read);
    if (!reading) return reading.error();
    const auto cut = newest_cut();
    if (!cut) return cut.error();
    if (changed_ = *cut != cut_; changed_) return ok();
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
    if (auto ended = check_end(); !ended) return ended.error();
    if (changed_) return std::move(report_);
    if (auto checked = check_quarantine(); !checked) return checked.error();
    report_.heads = chain_.heads();
    report_.entities = versions_.size();
    if (auto checked = check_snapshots(); !checked) return checked.error();
    return std::move(report_);
  }

private:
  status_result check_end() {
    auto reading = sqlite::transaction::begin(db_, sqlite::transaction::mode::read);
    if (!reading) return reading.error();
    const auto cut = newest_cut();
    if (!cut) return cut.error();
    if (changed_ = *cut != cut_; changed_) return ok();
    if (!report_.first_bad && !anchor_fault_.empty()) fault_at(0, anchor_fault_);
    if (!report_.first_bad && anchor_ && chain_.position() < anchor_->position) {
      if (!explained(anchor_->position + 1))
        fault_at(chain_.position() + 1, "the anchor names later entries, which are missing");
      else if (anchor_->heads != chain_.heads()) fault_at(anchor_->position, other_heads);
    }
    return ok();
  }

  std::optional<std::string> follow() {
    if (auto read = read_entry(rows_, entry_); !read) return read.error().detail;
    if (entry_.position > chain_.position() + 1 && explained(entry_.position)) {
      if (anchor_ && anchor_->position > chain_.position() && anchor_->position < entry_.position &&
          anchor_->heads != chain_.heads())
        return other_heads;
      chain_.skip_to(entry_.position - 1);
    }
    if (auto why = chain_.follow(entry_)) return why;
    if (auto why = follow_epoch()) return why;
    std::uint64_t& version = versions_[name_of(entry_.entity)];
    // What says who owns a partition has its epoch for a version.
    const bool rises = entry_.entity.kind == entity_kind::partition && entry_.event.version > version;
    if (entry_.event.version != version + 1 && !rises)
      return "its version is " + std::to_string(entry_.event.version) + ", after " + std::to_string(version) +
             " of the same entity";
    version = entry_.event.version;
    ++report_.entries;
    if (anchor_ && anchor_->position == entry_.position && anchor_->heads != chain_.heads()) return other_heads;
    return std::nullopt;
  }

  std::optional<std::string> follow_epoch() {
    std::uint64_t& epoch = epochs_[entry_.partition.value];
    if (entry_.epoch < epoch)
      return "its epoch is " + std::to_string(entry_.epoch) + ", after " + std::to_string(epoch) +
             " in the same partition";
    epoch = entry_.epoch;
    return std::nullopt;
  }

  // Whether every position between the chain's and this one is that of an entry in quarantine.
  bool explained(std::uint64_t position) {
    missing_.bind(1, chain_.position());
    missing_.bind(2, position);
    const auto row = missing_.step();
    const bool all = row && *row && missing_.natural(0) == position - chain_.position() - 1;
    missing_.reset();
    return all;
  }

  result<std::uint64_t> newest_cut() {
    const auto row = last_cut_.step();
    if (!row) return row.error();
    const std::uint64_t id = *row ? last_cut_.natural(0) : 0;
    last_cut_.reset();
    return id;
  }

  status_result check_quarantine() {
    auto rows =
        db_.prepare({"quarantined_entries", "SELECT " ROPEWALK_ENTRY_COLUMNS ", damaged FROM quarantine ORDER BY position"});
    if (!rows) return rows.error();
    entry e;
    while (true) {
      const auto row = rows->step();
      if (!row) return row.error();
      if (!*row) return ok();
      ++report_.quarantined;
      const auto read = read_entry(*rows, e);
      if (rows->integer(damaged_column) != 0) {
        ++report_.damaged_quarantined;
        continue;
      }
      if (report_.first_bad || (read && hash_of(e) == e.hash)) continue;
      if (read) fault_at(e.position, "an entry in quarantine has a hash that is not that of its content");
      else fault_at(rows->natural(0), "an entry in quarantine: " + read.error().detail);
    }
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
  std::vector<std::uint64_t> epochs_; // of each partition's last entry
  sqlite::statement missing_, last_cut_;
  std::uint64_t cut_ = 0;
  bool changed_ = false;
};

} // namespace

result<chain_report> verify_journal(sqlite::connection& db, const journal_meta& meta,
                                    const std::function<bool(std::uint64_t, std::uint64_t)>& progress,
                                    const keyring* keys) {
  const error interrupted{errc::unavailable, "interrupted", "the verification was interrupted", {}};
  std::uint64_t end = 0;
  const auto chains = [&](bool& changed) -> result<chain_report> {
    verification v{db, meta};
    if (auto started = v.start(meta); !started) return started.error();
    while (!v.finished() && !v.changed()) {
      if (auto followed = v.follow_piece(); !followed) return followed.error();
      if (progress && !progress(v.position(), v.end())) return interrupted;
    }
    auto seen = v.finish();
    changed = v.changed();
    end = v.end();
    return seen;
  };
  bool changed = false;
  auto report = chains(changed);
  while (report && changed) report = chains(changed); // cuts are rare: a takeover each
  if (!report) return report;
  const auto go_on = [&] { return !progress || progress(end, end); };
  const auto whole = verify_checkpoints(db, meta.cluster, keys, go_on, *report);
  if (!whole) return whole.error();
  if (!*whole) return interrupted;
  return report;
}

} // namespace ropewalk::storage
