#include "actors/view_storage.hpp"

#include <algorithm>

#include "actors/reader_files.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;
constexpr auto load_patience = 30s; // after a start with a long tail the views may need a while
constexpr std::size_t rows_at_once = 10'000;
constexpr std::size_t unseen_entries = 50'000, unseen_bytes = 64u << 20; // what a load may read past the views

error behind(const char* what) {
  return {errc::unavailable, "views_behind", std::string("the views have not seen ") + what + " yet; try again", {}};
}

// An entity's entries after a version, as far as the views know them.
status_result read_seen(storage::view_reader& views, storage::journal_reader& journal, const entity_key& who,
                        std::uint64_t version, std::vector<entry>& tail) {
  while (true) {
    auto positions = views.positions_after(who, version + tail.size(), rows_at_once);
    if (!positions) return positions.error();
    auto rows = journal.read_at(*positions);
    if (!rows) return rows.error();
    tail.insert(tail.end(), std::make_move_iterator(rows->begin()), std::make_move_iterator(rows->end()));
    if (positions->size() < rows_at_once) return ok();
  }
}

// An entity's entries among those that only the journal has, up to min_position or further.
result<std::vector<entry>> read_unseen(storage::journal_reader& journal, const entity_key& who, std::uint64_t seen,
                                       std::uint64_t min_position) {
  std::vector<entry> unseen;
  if (seen >= min_position) return unseen;
  auto read = journal.read_after(seen, unseen_entries, unseen_bytes, [&](entry&& e) {
    if (e.entity == who) unseen.push_back(std::move(e));
  });
  if (!read) return read.error();
  if (read->last_position < min_position) return behind("this entity's newest entries");
  return unseen;
}

// What the fold begins with. checkpoints: null for kinds that have none.
status_result read_base(storage::journal_reader& journal, storage::checkpoint_store* checkpoints,
                        const storage::keyring& keys, const entity_key& who, std::uint64_t version,
                        stored_entity& found) {
  if (!checkpoints) {
    auto snapshot = journal.snapshot(who);
    if (!snapshot) return snapshot.error();
    found.snapshot = *std::move(snapshot);
    return ok();
  }
  auto newest = checkpoints->newest_good(keys, who, version, [&](const storage::checkpoint_info& c, const error& why) {
    found.refused.push_back({c.about.id, c.about.version, why});
  });
  if (!newest) return newest.error();
  if (!*newest) return ok();
  found.checkpoint = (*newest)->info.about.id;
  found.snapshot = storage::entity_snapshot{(*newest)->info.about.version, std::move((*newest)->state)};
  return ok();
}

result<stored_entity> read_entity(storage::view_reader& views, storage::journal_reader& journal,
                                  storage::checkpoint_store* checkpoints, const storage::keyring& keys,
                                  const entity_key& who, std::uint64_t min_position, std::uint64_t checkpoints_below) {
  stored_entity found;
  auto known = views.version_of(who);
  if (!known) return known.error();
  auto seen = views.applied_position();
  if (!seen) return seen.error();
  auto unseen = read_unseen(journal, who, *seen, min_position);
  if (!unseen) return unseen.error();
  const std::uint64_t version = unseen->empty() ? *known : unseen->back().event.version;
  if (auto read = read_base(journal, checkpoints, keys, who, std::min(version, checkpoints_below - 1), found); !read)
    return read.error();
  // A snapshot ahead of the views would leave a hole between it and the tail: the views have to come first.
  const std::uint64_t begin = found.snapshot ? found.snapshot->version : 0;
  if (begin > version) return behind("this entity's newest entries");
  if (auto read = read_seen(views, journal, who, begin, found.tail); !read) return read.error();
  for (entry& e : *unseen)
    if (e.event.version > begin) found.tail.push_back(std::move(e));
  if (begin + found.tail.size() != version)
    return error{errc::corrupt,
                 "views_damaged",
                 "the views lead to " + std::to_string(begin + found.tail.size()) + " of an entity's " +
                     std::to_string(version) + " versions; rebuild them",
                 {}};
  if (!found.tail.empty()) {
    found.last_position = found.tail.back().position;
  } else if (found.snapshot) {
    auto last = views.position_of(who, begin);
    if (!last) return last.error();
    found.last_position = last->value_or(0);
  }
  return found;
}

result<std::vector<entry>> read_entries(storage::view_reader& views, storage::journal_reader& journal,
                                        const entity_key& who, std::uint64_t first, std::uint32_t count) {
  auto positions = views.positions_after(who, first - 1, count);
  if (!positions) return positions.error();
  if (positions->size() != count) return behind("the recorded answer");
  return journal.read_at(*positions);
}

} // namespace

std::uint64_t view_storage::views_position() const { return applier_.applied_position(); }

void view_storage::load(entity_key who, std::uint64_t min_position, std::function<void(result<stored_entity>)> done,
                        std::uint64_t checkpoints_below) {
  const auto read = [this, who = std::move(who), min_position, done,
                     checkpoints_below](result<storage::view_reader*> views) {
    if (!views) return done(views.error());
    auto files = files_of_this_thread(journal_file_, options_);
    if (!files) return done(files.error());
    done(read_entity(**views, (*files)->journal, who.kind == entity_kind::workflow ? &(*files)->checkpoints : nullptr,
                     *keys_.current(), who, min_position, checkpoints_below));
  };
  readers_.post(min_position, std::chrono::steady_clock::now() + load_patience,
                [this, read](result<storage::view_reader*> views) {
                  // On a full disk the views stand still: the journal has what they lack, and threads can be read all the same.
                  if (!views && applier_.failing()) readers_.post(0, read);
                  else read(std::move(views));
                });
}

void view_storage::entries(entity_key who, std::uint64_t first, std::uint32_t count, std::uint64_t min_position,
                           std::function<void(result<std::vector<entry>>)> done) {
  readers_.post(min_position, [this, who = std::move(who), first, count,
                               done = std::move(done)](result<storage::view_reader*> views) {
    if (!views) return done(views.error());
    auto files = files_of_this_thread(journal_file_, options_);
    if (!files) return done(files.error());
    done(read_entries(**views, (*files)->journal, who, first, count));
  });
}

} // namespace ropewalk::actors
