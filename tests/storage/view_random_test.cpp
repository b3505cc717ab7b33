#include "storage/entry_hash.hpp"
#include "storage/thread_verification.hpp"
#include "tests/storage/random_threads.hpp"
#include "tests/storage/view_dump.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

digest digest_of_lines(const std::vector<std::string>& messages) {
  std::string lines;
  for (const std::string& json : messages) lines += json + "\n";
  return storage::sha256(lines);
}

// As a snapshot says it, which is folded from the journal and compared with the views before.
digest signed_digest(const thread_world& w, running_views& views, const thread_world::key& key,
                     const modelled_thread& t) {
  static const storage::keyring keys = *storage::new_keyring(instant{1});
  auto journal = storage::journal_reader::open(w.dir.journal());
  if (!journal) FAIL(journal.error().detail);
  const entity_key who{key.first, entity_kind::thread, key.second};
  const auto made = storage::snapshot_thread(*views.reader, *journal, keys, {"", who, t.state.version}, w.now);
  if (!made) FAIL(made.error().detail);
  return made->content;
}

void compare(const thread_world& w, running_views& views) {
  for (const auto& [key, t] : w.threads) {
    INFO(key.first << "/" << key.second);
    const auto page = views.threads().page(key.first, key.second, {});
    if (t.state.is != thread::presence::present) {
      CHECK_FALSE(page);
      continue;
    }
    auto expected = w.shown(key.first, key.second);
    const bool more = expected.size() > limits::page_default;
    if (more) expected.resize(limits::page_default);
    CHECK(bodies(page) == expected);
    CHECK(signed_digest(w, views, key, t) == digest_of_lines(w.shown(key.first, key.second)));
    CHECK(page->more == more);
  }
}

} // namespace

TEST_CASE("whatever happens to threads, the views show what the model shows, and rebuilt they are the same") {
  random_seed seed;
  CAPTURE(seed.rerun());
  thread_world w;
  auto views = std::make_unique<running_views>(w);
  for (int i = 0; i < 1500; ++i) {
    act_on_threads(w, seed);
    if (seed.one_in(40)) {
      views->catch_up(w, seed.one_in(2)); // messages end before and after they are indexed
      compare(w, *views);
    }
    if (seed.one_in(300)) { // stopped, and on from where it was
      views->stop();
      views = std::make_unique<running_views>(w);
      CHECK(views->applier.progress().rebuilds == 0);
    }
  }
  views->catch_up(w);
  compare(w, *views);
  CHECK(views->applier.progress().faults == 0);
  views->stop();
  const std::string incremental = dump_views(w.views_file());
  std::filesystem::remove(w.views_file());
  views = std::make_unique<running_views>(w);
  compare(w, *views);
  views->stop();
  const std::string rebuilt = dump_views(w.views_file());
  CHECK((incremental == rebuilt));
}
