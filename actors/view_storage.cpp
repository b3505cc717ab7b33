#include "actors/view_storage.hpp"

#include <algorithm>
#include <map>

#include "storage/journal_reader.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;
constexpr auto load_patience = 30s; // after a start with a long tail the views may need a while

// One journal connection for each reader's thread, opened when it is first needed.
result<storage::journal_reader*> journal_of_this_thread(const std::filesystem::path& file, const storage::journal_options& options) {
  thread_local std::map<std::string, storage::journal_reader> open;
  const auto at = open.find(file.string());
  if (at != open.end()) return &at->second;
  auto reader = storage::journal_reader::open(file, options);
  if (!reader) return reader.error();
  return &open.emplace(file.string(), *std::move(reader)).first->second;
}

result<stored_entity> read_entity(storage::view_reader& views, storage::journal_reader& journal, const entity_key& who) {
  stored_entity found;
  auto snapshot = journal.snapshot(who);
  if (!snapshot) return snapshot.error();
  auto version = views.version_of(who);
  if (!version) return version.error();
  // A snapshot ahead of the views would leave a hole between it and the tail: the views have to come first.
  if (*snapshot && (*snapshot)->version > *version)
    return error{errc::unavailable, "views_behind", "the views have not seen this entity's newest entries yet; try again", {}};
  found.snapshot = *std::move(snapshot);
  auto positions = views.positions_after(who, found.snapshot ? found.snapshot->version : 0);
  if (!positions) return positions.error();
  auto tail = journal.read_at(*positions);
  if (!tail) return tail.error();
  found.tail = *std::move(tail);
  if (!found.tail.empty()) {
    found.last_position = found.tail.back().position;
  } else if (found.snapshot) {
    auto last = views.position_of(who, found.snapshot->version);
    if (!last) return last.error();
    found.last_position = last->value_or(0);
  }
  return found;
}

result<std::vector<entry>> read_entries(storage::view_reader& views, storage::journal_reader& journal, const entity_key& who,
                                        std::uint64_t first, std::uint32_t count) {
  auto positions = views.positions_after(who, first - 1, count);
  if (!positions) return positions.error();
  if (positions->size() != count)
    return error{errc::unavailable, "views_behind", "the recorded answer is not in the views yet; try again", {}};
  return journal.read_at(*positions);
}

} // namespace

std::uint64_t view_storage::views_position() const { return applier_.applied_position(); }

void view_storage::load(entity_key who, std::uint64_t min_position, std::function<void(result<stored_entity>)> done) {
  readers_.post(min_position, std::chrono::steady_clock::now() + load_patience,
                [this, who = std::move(who), done = std::move(done)](result<storage::view_reader*> views) {
                  if (!views) return done(views.error());
                  auto journal = journal_of_this_thread(journal_file_, options_);
                  if (!journal) return done(journal.error());
                  done(read_entity(**views, **journal, who));
                });
}

void view_storage::entries(entity_key who, std::uint64_t first, std::uint32_t count, std::uint64_t min_position,
                           std::function<void(result<std::vector<entry>>)> done) {
  readers_.post(min_position, [this, who = std::move(who), first, count, done = std::move(done)](result<storage::view_reader*> views) {
    if (!views) return done(views.error());
    auto journal = journal_of_this_thread(journal_file_, options_);
    if (!journal) return done(journal.error());
    done(read_entries(**views, **journal, who, first, count));
  });
}

} // namespace ropewalk::actors
