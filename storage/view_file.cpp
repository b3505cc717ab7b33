#include "storage/view_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>

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
  projections_.push_back(std::make_unique<thread_projection>());
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
    auto seen = journal.read_at(std::array{views.origin.applied});
    if (!seen) return seen.error();
    if (to_hex(seen->front().hash) != views.origin.applied_hash)
      return std::string("it shows another history of the journal");
  }
  db_ = std::move(views.db);
  applied_ = views.origin.applied;
  indexed_ = views.origin.indexed;
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
  auto ready = open_tables();
  if (!ready) close(false);
  return ready;
}

status_result view_file::open_tables() {
  if (auto ready = db_.prepare_all({
          {put_position_,
           {"put_position", "INSERT OR REPLACE INTO view_state VALUES('applied', ?1), ('applied_hash', ?2)"}},
          {put_indexed_, {"put_indexed", "INSERT OR REPLACE INTO view_state VALUES('indexed', ?1)"}},
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
  add_fault_ = {};
  entities_ = {};
  make_projections();
  // If it cannot be marked, the next start after a reboot builds it anew: nothing else is lost.
  if (clean && open_) (void)close_cleanly(db_);
  db_ = {};
  open_ = false;
}

status_result view_file::apply_one(const entry& e) {
  auto who = entities_.record(e);
  if (!who) return who.error();
  for (auto& p : projections_) {
    if (p->kind() != e.entity.kind) continue;
    auto applied = p->apply(e, **who);
    if (applied || applied.error().code != errc::corrupt) return applied;
    // Nothing that does not make sense is shown (I8), nothing is passed over in silence (I9).
    add_fault_.bind(1, e.position);
    add_fault_.bind(2, applied.error().detail);
    ++faults_;
    return add_fault_.run();
  }
  return ok(); // a kind that has nothing but its rows
}

status_result view_file::apply(const std::vector<entry>& entries) {
  const std::uint64_t faults_before = faults_;
  const auto apply_all = [&]() -> status_result {
    auto begun = sqlite::transaction::begin(db_);
    if (!begun) return begun.error();
    for (const entry& e : entries)
      if (auto applied = apply_one(e); !applied) return applied;
    for (auto& p : projections_)
      if (auto flushed = p->flush(); !flushed) return flushed;
    if (auto flushed = entities_.flush(); !flushed) return flushed;
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

void view_file::forget() {
  entities_.forget();
  for (auto& p : projections_) p->forget();
}

} // namespace ropewalk::storage
