#include "storage/view_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <span>

#include "runtime/hex.hpp"
#include "storage/definition_projection.hpp"
#include "storage/failpoint.hpp"
#include "storage/schedule_projection.hpp"
#include "storage/thread_projection.hpp"
#include "storage/view_schema.hpp"
#include "storage/workflow_projection.hpp"

namespace ropewalk::storage {
namespace {

std::uint64_t inode_of(const std::filesystem::path& file) noexcept {
  struct stat s {};
  return ::stat(file.c_str(), &s) == 0 ? s.st_ino : 0;
}

} // namespace

view_file::view_file(std::filesystem::path file, std::string cluster)
    : file_(std::move(file)), cluster_(std::move(cluster)) {
  make_projections();
}

void view_file::make_projections() {
  projections_.clear();
  auto threads = std::make_unique<thread_projection>();
  threads_ = threads.get();
  projections_.push_back(std::move(threads));
  projections_.push_back(std::make_unique<workflow_projection>());
  projections_.push_back(std::make_unique<definition_projection>());
  projections_.push_back(std::make_unique<schedule_projection>());
}

view_file::~view_file() { close(false); }

result<std::string> view_file::take(journal_reader& journal) {
  auto views = open_views(file_, cluster_, current_boot_id());
  if (!views.unusable.empty()) return views.unusable;
  auto last = journal.last_position();
  if (!last) return last.error();
  if (views.origin.applied > *last) return std::string("it is ahead of the journal");
  if (views.origin.applied > 0) {
    // The same position of another history, as after a journal was put back from a backup, has another hash.
    const auto seen = journal.hash_at(views.origin.applied);
    if (!seen) return seen.error();
    if (to_hex(*seen) != views.origin.applied_hash) return std::string("it shows another history of the journal");
  }
  db_ = std::move(views.db);
  applied_ = views.origin.applied;
  indexed_ = views.origin.indexed;
  cut_ = views.origin.cut;
  if (auto ready = open_tables(); !ready) {
    close(false);
    return ready.error().detail;
  }
  return std::string{};
}

status_result view_file::create() {
  close(false);
  auto db = create_views(file_, cluster_, current_boot_id());
  if (!db) return db.error();
  db_ = *std::move(db);
  applied_ = 0;
  indexed_ = 0;
  cut_ = 0;
  auto ready = open_tables();
  if (!ready) close(false);
  return ready;
}

status_result view_file::open_tables() {
  if (auto ready = db_.prepare_all({
          {put_position_,
           {"put_position", "INSERT OR REPLACE INTO view_state VALUES('applied', ?1), ('applied_hash', ?2)"}},
          {put_indexed_, {"put_indexed", "INSERT OR REPLACE INTO view_state VALUES('indexed', ?1)"}},
          {put_cut_, {"put_cut_known", "INSERT OR REPLACE INTO view_state VALUES('cut', ?1)"}},
          {add_fault_, {"add_fault", "INSERT OR REPLACE INTO faults VALUES(?1, ?2)"}},
      });
      !ready)
    return ready.error();
  if (auto opened = entities_.open(db_); !opened) return opened;
  for (auto& p : projections_)
    if (auto opened = p->open(db_); !opened) return opened;
  auto faults = db_.integer("SELECT count(*) FROM faults");
  if (!faults) return faults.error();
  faults_ = static_cast<std::uint64_t>(*faults);
  inode_ = inode_of(file_);
  open_ = true;
  return ok();
}

bool view_file::is_there() const noexcept { return inode_of(file_) == inode_; }

void view_file::close(bool clean) {
  // Statements must go before their connection; the projections hold theirs.
  put_position_ = {};
  put_indexed_ = {};
  put_cut_ = {};
  add_fault_ = {};
  entities_ = {};
  make_projections();
  // If it cannot be marked, the next start after a reboot builds it anew: nothing else is lost.
  if (clean && open_) (void)close_cleanly(db_);
  db_ = {};
  open_ = false;
}

view_projection* view_file::projection_of(entity_kind kind) const noexcept {
  for (const auto& p : projections_)
    if (p->kind() == kind) return p.get();
  return nullptr; // a kind that has nothing but its rows
}

status_result view_file::apply_one(const entry& e) {
  auto who = entities_.record(e);
  if (!who) return who.error();
  view_projection* shown = projection_of(e.entity.kind);
  if (!shown) return ok();
  auto applied = shown->apply(e, **who);
  if (applied || applied.error().code != errc::corrupt) return applied;
  // Nothing that does not make sense is shown (I8), nothing is passed over in silence (I9).
  add_fault_.bind(1, e.position);
  add_fault_.bind(2, applied.error().detail);
  ++faults_;
  return add_fault_.run();
}

status_result view_file::flush() {
  for (auto& p : projections_)
    if (auto flushed = p->flush(); !flushed) return flushed;
  return entities_.flush();
}

status_result view_file::apply(const std::vector<entry>& entries) {
  const std::uint64_t faults_before = faults_;
  const auto apply_all = [&]() -> status_result {
    auto begun = sqlite::transaction::begin(db_);
    if (!begun) return begun.error();
    for (const entry& e : entries)
      if (auto applied = apply_one(e); !applied) return applied;
    if (auto flushed = flush(); !flushed) return flushed;
    const std::string hash = to_hex(entries.back().hash);
    put_position_.bind(1, entries.back().position);
    put_position_.bind(2, hash);
    if (auto put = put_position_.run(); !put) return put;
    FAILPOINT("views.before_commit");
    return begun->commit();
  };
  if (entries.empty()) return ok();
  auto applied = apply_all();
  if (applied) {
    FAILPOINT("views.after_commit");
    applied_ = entries.back().position;
    return applied;
  }
  faults_ = faults_before;
  forget();
  return applied;
}

status_result view_file::index() {
  std::uint64_t reached = applied_;
  const auto index_part = [&]() -> status_result {
    auto begun = sqlite::transaction::begin(db_);
    if (!begun) return begun.error();
    for (auto& p : projections_) {
      auto got = p->index(indexed_, applied_);
      if (!got) return got.error();
      reached = std::min(reached, *got);
    }
    put_indexed_.bind(1, reached);
    if (auto put = put_indexed_.run(); !put) return put;
    return begun->commit();
  };
  auto done = index_part();
  if (done) indexed_ = reached;
  else forget();
  return done;
}

status_result view_file::repair(journal_reader& journal) {
  std::uint64_t last_cut = cut_;
  const std::uint64_t faults_before = faults_;
  forget();
  auto repaired = repair_rows(journal, last_cut);
  if (repaired) cut_ = last_cut;
  else faults_ = faults_before;
  forget();
  return repaired;
}

status_result view_file::empty_entities(const repair_plan& plan) {
  for (const auto& [forker, child] : plan.forks)
    if (const auto known = plan.entities.find(forker); known != plan.entities.end())
      if (auto removed = threads_->remove_forks(known->second, child); !removed) return removed;
  for (const auto& [who, known] : plan.entities) {
    if (view_projection* shown = projection_of(who.kind))
      if (auto removed = shown->remove(who, known); !removed) return removed;
    if (auto emptied = entities_.remove(known); !emptied) return emptied;
  }
  return ok();
}

status_result view_file::repair_rows(journal_reader& journal, std::uint64_t& last_cut) {
  auto begun = sqlite::transaction::begin(db_);
  if (!begun) return begun.error();
  const auto plan = repair_planner{db_, entities_, journal, applied_, cut_}.plan();
  if (!plan) return plan.error();
  if (auto emptied = empty_entities(*plan); !emptied) return emptied;
  constexpr std::size_t at_once = 1024;
  for (std::span<const std::uint64_t> left{plan->positions}; !left.empty();) {
    const auto part = left.first(std::min(left.size(), at_once));
    const auto entries = journal.read_at(part);
    if (!entries) return entries.error();
    for (const entry& e : *entries)
      if (auto applied = apply_one(e); !applied) return applied;
    if (auto flushed = flush(); !flushed) return flushed;
    left = left.subspan(part.size());
  }
  if (auto flushed = flush(); !flushed) return flushed;
  for (auto& p : projections_)
    if (auto ended = p->end_repair(); !ended) return ended;
  for (const auto& [who, known] : plan->entities)
    if (auto finished = entities_.finish(known.org); !finished) return finished;
  const auto faults = db_.integer("SELECT count(*) FROM faults");
  if (!faults) return faults.error();
  faults_ = static_cast<std::uint64_t>(*faults);
  last_cut = plan->last_cut;
  put_cut_.bind(1, last_cut);
  if (auto put = put_cut_.run(); !put) return put;
  // What was cut off meanwhile has its own repair: this one's entities are there again whole, and those that lost more are in that one.
  FAILPOINT("views.before_repair_commit");
  return begun->commit();
}

void view_file::forget() {
  entities_.forget();
  for (auto& p : projections_) p->forget();
}

} // namespace ropewalk::storage
