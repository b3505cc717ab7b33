#include <deque>

#include "tests/storage/random_threads.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

struct forked_world {
  thread_world w;
  std::unique_ptr<running_views> views;

  explicit forked_world(std::optional<std::uint64_t> at = 6) {
    w.create("acme", "p");
    for (int i = 1; i <= 8; ++i)
      w.append("acme", "p", "parent " + std::to_string(i), i == 1 ? thread::role::system : thread::role::user);
    w.fork("acme", "p", "c", at);
    views = std::make_unique<running_views>(w);
  }
  void same(const std::string& id) {
    views->catch_up(w);
    INFO("thread " << id);
    CHECK(bodies(views->threads().page("acme", id, {})) == w.shown("acme", id));
    storage::page_query newest;
    newest.limit = 3;
    newest.reverse = true;
    auto expected = w.shown("acme", id);
    std::reverse(expected.begin(), expected.end());
    expected.resize(std::min<std::size_t>(expected.size(), 3));
    CHECK(bodies(views->threads().page("acme", id, newest)) == expected);
  }
  std::int64_t rows(const std::string& where) {
    auto db = storage::sqlite::connection::open(w.views_file(), {});
    return *db->integer(("SELECT count(*) FROM messages WHERE " + where).c_str());
  }
};

} // namespace

TEST_CASE("a fork begins with its parent's messages and copies none") {
  forked_world f;
  f.same("c");
  CHECK(f.rows("1") == 8);
  f.w.append("acme", "c", "own");
  f.w.append("acme", "p", "not the child's");
  f.same("c");
  f.same("p");
}

TEST_CASE("what happens in the parent after a fork does not touch the fork") {
  forked_world f;
  SECTION("edits and removals") {
    f.w.edit("acme", "p", 2, "edited later");
    f.w.edit("acme", "p", 2, "edited later, twice");
    f.w.remove("acme", "p", 3);
    f.w.remove("acme", "p", 7);
  }
  SECTION("a clear") { f.w.must("acme", "p", thread::write{thread::clear{}}); }
  SECTION("trimming") {
    thread::update u;
    u.limits.max_messages = 2;
    f.w.must("acme", "p", thread::write{u});
  }
  SECTION("a delete") { f.w.must("acme", "p", thread::write{thread::remove_thread{""}}); }
  SECTION("a delete, and another thread of that name") {
    f.w.must("acme", "p", thread::write{thread::remove_thread{""}});
    f.w.create("acme", "p");
    f.w.append("acme", "p", "someone else");
    f.same("p");
  }
  f.same("c");
}

TEST_CASE("a fork shows the parent as it was when it was made, edits and holes included") {
  thread_world w;
  w.create("acme", "p");
  for (int i = 1; i <= 6; ++i) w.append("acme", "p", "parent " + std::to_string(i));
  w.edit("acme", "p", 2, "edited before");
  w.remove("acme", "p", 3);
  w.fork("acme", "p", "c");
  w.edit("acme", "p", 2, "edited after");
  running_views views(w);
  CHECK(seqs(views.threads().page("acme", "c", {})) == std::vector<std::uint64_t>{1, 2, 4, 5, 6});
  CHECK((*views.threads().message("acme", "c", std::uint64_t{2}))->json.find("edited before") != std::string::npos);
}

TEST_CASE("a fork may change what it inherited, for itself and for its own forks") {
  forked_world f;
  f.w.edit("acme", "c", 2, "the child's wording");
  f.w.remove("acme", "c", 3);
  f.w.fork("acme", "c", "g");
  f.w.edit("acme", "c", 2, "changed once more");
  f.w.edit("acme", "c", 4, "changed after the grandchild");
  f.w.edit("acme", "p", 5, "changed by the grandparent");
  f.w.append("acme", "g", "own");
  for (const char* id : {"p", "c", "g"}) f.same(id);
}

TEST_CASE("forks of forks outlive those between") {
  forked_world f;
  f.w.append("acme", "c", "child 7");
  f.w.fork("acme", "c", "g");
  f.w.fork("acme", "g", "gg", 4);
  f.w.must("acme", "c", thread::write{thread::remove_thread{""}});
  f.w.must("acme", "p", thread::write{thread::clear{}});
  f.same("g");
  f.same("gg");
  f.w.must("acme", "g", thread::write{thread::remove_thread{""}});
  f.same("gg");
}

TEST_CASE("trimming and clearing a fork hide what it inherited, but for system messages when trimming") {
  forked_world f;
  thread::update u;
  u.limits.max_messages = 3;
  f.w.must("acme", "c", thread::write{u});
  f.same("c");
  CHECK(seqs(f.views->threads().page("acme", "c", {})) == std::vector<std::uint64_t>{1, 5, 6});
  f.w.must("acme", "c", thread::write{thread::clear{}});
  f.w.append("acme", "c", "fresh");
  f.same("c");
}

TEST_CASE("ended messages go when the last fork that needs them goes") {
  forked_world f;
  f.w.edit("acme", "p", 2, "edited later");
  f.w.remove("acme", "p", 3);
  f.w.remove("acme", "p", 8); // behind the fork: nobody needs it
  f.same("c");
  CHECK(f.rows("superseded IS NOT NULL") == 2);
  f.w.must("acme", "c", thread::write{thread::remove_thread{""}});
  f.views->catch_up(f.w);
  CHECK(f.rows("superseded IS NOT NULL") == 0);
}

TEST_CASE("a fork that failed holds nothing back") {
  forked_world f;
  f.w.create("acme", "taken");
  f.w.fork("acme", "p", "taken");
  f.w.remove("acme", "p", 7); // only that fork would have needed it
  f.views->catch_up(f.w);
  CHECK(f.rows("superseded IS NOT NULL") == 0);
  f.same("p");
}

TEST_CASE("inherited messages are found by id, until the fork removes them") {
  thread_world w;
  w.create("acme", "p");
  w.append("acme", "p", "one", thread::role::user, "chosen");
  w.append("acme", "p", "two");
  w.fork("acme", "p", "c");
  w.remove("acme", "p", 1);
  running_views views(w);
  const std::vector<std::string> ids{"chosen"};
  CHECK(views.threads().existing_ids("acme", "p", ids)->empty());
  CHECK(views.threads().existing_ids("acme", "c", ids)->size() == 1);
  w.remove("acme", "c", 1);
  views.catch_up(w);
  CHECK(views.threads().existing_ids("acme", "c", ids)->empty());
}

namespace {

// The entries of another world, those of one thread after all others.
void copy_with_last(thread_world& to, const thread_world& from, const std::string& last,
                    const std::string& left_out = {}) {
  auto reader = storage::journal_reader::open(from.dir.journal());
  REQUIRE(reader);
  std::vector<entry> first, then;
  REQUIRE(reader->read_after(0, 1000, 1 << 20, [&](entry&& e) {
    if (e.entity.id != left_out) (e.entity.id == last ? then : first).push_back(std::move(e));
  }));
  to.write(std::move(first));
  to.write(std::move(then));
}

std::int64_t count_of(const thread_world& w, const std::string& table) {
  auto db = storage::sqlite::connection::open(w.views_file(), {});
  return *db->integer(("SELECT count(*) FROM " + table).c_str());
}

} // namespace

TEST_CASE("a fork is whole when its own entries come before those of its parent, whose partition is another one") {
  forked_world f;
  f.w.append("acme", "c", "own");
  f.w.edit("acme", "p", 2, "edited later");
  SECTION("and waits for the parent's until they are there") {
    thread_world other;
    copy_with_last(other, f.w, "none", "p");
    running_views views(other);
    const auto early = views.threads().page("acme", "c", {});
    REQUIRE_FALSE(early);
    CHECK(early.error().code == errc::unavailable);
    CHECK(early.error().type == "views_behind");
  }
  SECTION("its messages are found, also those that the parent has changed since") {
    thread_world other;
    copy_with_last(other, f.w, "p");
    running_views views(other);
    CHECK(bodies(views.threads().page("acme", "c", {})) == f.w.shown("acme", "c"));
    thread::search what;
    what.query = "\"parent 2\"";
    const auto found = views.threads().search("acme", what);
    REQUIRE(found);
    REQUIRE(found->hits.size() == 1);
    CHECK(found->hits[0].thread == "c");
  }
  SECTION("and nothing is kept for it when it is gone") {
    f.w.must("acme", "c", thread::write{thread::remove_thread{""}});
    thread_world other;
    copy_with_last(other, f.w, "p");
    running_views views(other);
    CHECK(count_of(other, "forks") == 0);
    CHECK(count_of(other, "pins") == 0);
  }
}

namespace {

// Each thread's entries in their order, mixed with those of others in any; or one thread after another.
void copy_mixed(thread_world& to, const thread_world& from, random_seed& seed) {
  auto reader = storage::journal_reader::open(from.dir.journal());
  REQUIRE(reader);
  std::map<entity_key, std::deque<entry>> left;
  for (std::uint64_t after = 0, before = 1; before != after;) {
    before = after;
    const auto read =
        reader->read_after(after, 4096, 8 << 20, [&](entry&& e) { left[e.entity].push_back(std::move(e)); });
    REQUIRE(read);
    after = read->last_position;
  }
  const bool one_by_one = seed.one_in(2);
  std::vector<entry> all;
  while (!left.empty()) {
    const auto at = std::next(left.begin(), static_cast<std::ptrdiff_t>(seed.below(left.size())));
    for (auto n = one_by_one ? at->second.size() : 1 + seed.below(4); n > 0 && !at->second.empty(); --n) {
      all.push_back(std::move(at->second.front()));
      at->second.pop_front();
    }
    if (at->second.empty()) left.erase(at);
  }
  to.write(std::move(all));
}

} // namespace

TEST_CASE("threads are the same in whatever order their entries come to a disk") {
  random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    thread_world w, other;
    for (int i = 0; i < 150; ++i) act_on_threads(w, seed);
    copy_mixed(other, w, seed);
    running_views in_order(w), mixed(other);
    storage::page_query whole;
    whole.limit = 1000;
    for (const auto& [key, t] : w.threads) {
      if (t.state.is != thread::presence::present) continue;
      CAPTURE(key.first, key.second);
      CHECK(bodies(mixed.threads().page(key.first, key.second, whole)) == w.shown(key.first, key.second));
    }
    for (const char* what : {"forks", "pins", "messages", "faults"}) {
      CAPTURE(what);
      CHECK(count_of(other, what) == count_of(w, what));
    }
  }
}

TEST_CASE("a fork of a fork keeps what it inherits from a parent whose entries come last, also when the one between is "
          "gone") {
  thread_world w;
  w.create("acme", "p");
  for (int i = 1; i <= 4; ++i) w.append("acme", "p", "parent " + std::to_string(i));
  w.fork("acme", "p", "c", 3);
  w.fork("acme", "c", "g");
  const bool edited_first = GENERATE(false, true);
  CAPTURE(edited_first);
  if (edited_first) w.edit("acme", "p", 2, "edited later");
  w.must("acme", "c", thread::write{thread::remove_thread{""}});
  if (!edited_first) w.edit("acme", "p", 2, "edited later");
  thread_world other;
  copy_with_last(other, w, "p");
  running_views views(other);
  CHECK(bodies(views.threads().page("acme", "g", {})) == w.shown("acme", "g"));
}
