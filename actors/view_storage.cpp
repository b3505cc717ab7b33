#include "actors/view_storage.hpp"

#include <algorithm>
#include <map>

#include "storage/journal_reader.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;
constexpr auto load_patience = 30s; // after a start with a long tail the views may need a while
constexpr std::size_t rows_at_once = 10'000;
constexpr std::size_t unseen_entries = 50'000, unseen_bytes = 64u << 20; // what a load may read past the views

// One journal connection for each reader's thread, opened when it is first needed.
result<storage::journal_reader*> journal_of_this_thread(const std::filesystem::path& file,
                                                        const storage::journal_options& options) {
  thread_local std::map<std::string, storage::journal_reader> open;
  const auto at = open.find(file.string());
  if (at != open.end()) return &at->second;
  auto reader = storage::journal_reader::open(file, options);
  if (!reader) return reader.error();
  return &open.emplace(file.string(), *std::move(reader)).first->second;
}

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

result<stored_entity> read_entity(storage::view_reader& views, storage::journal_reader& journal, const entity_key& who,
                                  std::uint64_t min_position) {
  stored_entity found;
  auto snapshot = journal.snapshot(who);
  if (!snapshot) return snapshot.error();
  auto known = views.version_of(who);
  if (!known) return known.error();
  auto seen = views.applied_position();
  if (!seen) return seen.error();
  auto unseen = read_unseen(journal, who, *seen, min_position);
  if (!unseen) return unseen.error();
  const std::uint64_t version = unseen->empty() ? *known : unseen->back().event.version;
  // A snapshot ahead of the views would leave a hole between it and the tail: the views have to come first.
  const std::uint64_t begin = *snapshot ? (*snapshot)->version : 0;
  if (begin > version) return behind("this entity's newest entries");
  found.snapshot = *std::move(snapshot);
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

void view_storage::load(entity_key who, std::uint64_t min_position, std::function<void(result<stored_entity>)> done) {
  const auto read = [this, who = std::move(who), min_position, done](result<storage::view_reader*> views) {
    if (!views) return done(views.error());
    auto journal = journal_of_this_thread(journal_file_, options_);
    if (!journal) return done(journal.error());
    done(read_entity(**views, **journal, who, min_position));
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
    auto journal = journal_of_this_thread(journal_file_, options_);
    if (!journal) return done(journal.error());
    done(read_entries(**views, **journal, who, first, count));
  });
}

} // namespace ropewalk::actors
