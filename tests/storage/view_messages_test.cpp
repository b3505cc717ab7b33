#include "tests/storage/thread_world.hpp"

#include "runtime/uuid.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using storage::page_query;

namespace {

struct ten_messages : thread_world {
  ten_messages() {
    create("acme", "t");
    for (int i = 1; i <= 10; ++i) append("acme", "t", "message " + std::to_string(i));
  }
};

page_query page_of(std::uint32_t limit, bool reverse = false, std::uint64_t offset = 0,
                   std::optional<std::uint64_t> after = {}, std::optional<std::uint64_t> before = {}) {
  page_query q;
  q.limit = limit;
  q.reverse = reverse;
  q.offset = offset;
  q.after_seq = after;
  q.before_seq = before;
  return q;
}

using numbers = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("a page shows the bytes that were recorded, oldest first") {
  ten_messages w;
  running_views views(w);
  CHECK(bodies(views.threads().page("acme", "t", {})) == w.shown("acme", "t"));
}

TEST_CASE("pages go in both directions, by seq and by offset") {
  ten_messages w;
  w.remove("acme", "t", 5);
  running_views views(w);
  const auto page = [&](const page_query& q) { return views.threads().page("acme", "t", q); };
  CHECK(seqs(page(page_of(3))) == numbers{1, 2, 3});
  CHECK(seqs(page(page_of(3, true))) == numbers{10, 9, 8});
  CHECK(seqs(page(page_of(3, false, 0, 3))) == numbers{4, 6, 7});
  CHECK(seqs(page(page_of(3, true, 0, {}, 7))) == numbers{6, 4, 3});
  CHECK(seqs(page(page_of(3, false, 4))) == numbers{6, 7, 8});
  CHECK(seqs(page(page_of(2, true, 4))) == numbers{6, 4});
  CHECK(seqs(page(page_of(9, false, 0, 4, 7))) == numbers{6});
  CHECK(seqs(page(page_of(9, false, 0, 10))) == numbers{});
  CHECK(seqs(page(page_of(9, false, 100))) == numbers{});
  CHECK(seqs(page(page_of(9, true, 0, {}, 0))) == numbers{});
  CHECK(seqs(page(page_of(9, false, 0, UINT64_MAX))) == numbers{});
  CHECK(page(page_of(9))->more == false);
  CHECK(page(page_of(8))->more == true);
  CHECK(page(page_of(3, true, 0, {}, 4))->more == false);
}

TEST_CASE("a page says where its thread begins and ends at the moment of the page") {
  ten_messages w;
  running_views views(w);
  const auto ends = [&](const page_query& q) {
    const auto page = views.threads().page("acme", "t", q);
    return std::pair(page->oldest_seq, page->last_seq);
  };
  CHECK(ends(page_of(2, true)) == std::pair<std::uint64_t, std::uint64_t>(1, 10));
  w.append("acme", "t", "one more");
  w.remove("acme", "t", 1);
  views.catch_up(w);
  CHECK(ends(page_of(2, true)) == std::pair<std::uint64_t, std::uint64_t>(2, 11));
  w.must("acme", "t", thread::write{thread::clear{}});
  views.catch_up(w);
  CHECK(ends({}) == std::pair<std::uint64_t, std::uint64_t>(12, 11));
}

TEST_CASE("a page ends before its bytes get too many, but is never empty for that") {
  ten_messages w;
  running_views views(w);
  page_query q;
  q.max_bytes = 1;
  auto page = views.threads().page("acme", "t", q);
  CHECK(seqs(page) == numbers{1});
  CHECK(page->more);
  q.max_bytes = w.shown("acme", "t")[0].size() * 3 + 2;
  page = views.threads().page("acme", "t", q);
  CHECK(seqs(page) == numbers{1, 2, 3});
  CHECK(page->more);
}

TEST_CASE("an edit replaces a message where it stands, and an end takes it out") {
  ten_messages w;
  running_views views(w);
  w.edit("acme", "t", 4, "changed");
  w.remove("acme", "t", 6);
  views.catch_up(w);
  CHECK(bodies(views.threads().page("acme", "t", {})) == w.shown("acme", "t"));
  CHECK(views.threads().message("acme", "t", std::uint64_t{6})->has_value() == false);
  CHECK((*views.threads().message("acme", "t", std::uint64_t{4}))->json.find("changed") != std::string::npos);
  w.must("acme", "t", thread::write{thread::clear{}});
  views.catch_up(w);
  CHECK(bodies(views.threads().page("acme", "t", {})).empty());
  w.append("acme", "t", "again");
  views.catch_up(w);
  CHECK(seqs(views.threads().page("acme", "t", {})) == numbers{11});
}

TEST_CASE("trimming keeps the system messages and drops the oldest others") {
  thread_world w;
  thread::create c;
  c.limits.max_messages = 3;
  w.create("acme", "t", c);
  w.append("acme", "t", "rules", thread::role::system);
  for (int i = 2; i <= 6; ++i) w.append("acme", "t", std::to_string(i));
  running_views views(w);
  CHECK(seqs(views.threads().page("acme", "t", {})) == numbers{1, 5, 6});
  thread::update u;
  u.limits.max_messages = 2;
  w.must("acme", "t", thread::write{u});
  views.catch_up(w);
  CHECK(seqs(views.threads().page("acme", "t", {})) == numbers{1, 6});
  const std::vector<std::uint64_t> asked{6, 1, 5};
  CHECK(views.threads().messages_at("acme", "t", asked)->size() == 2);
}

TEST_CASE("messages are found by the ids that were made and by those that clients chose") {
  ten_messages w;
  w.append("acme", "t", "mine", thread::role::user, "my-id");
  // Looks like one of ours for seq 3, and is not.
  const std::string made_up = make_message_id(w.now, 5, 3);
  w.append("acme", "t", "shaped", thread::role::user, made_up);
  running_views views(w);
  const std::string third = thread::read_place(w.shown("acme", "t")[2])->id;
  const auto seq_of = [&](std::string_view id) -> std::uint64_t {
    const auto found = views.threads().message("acme", "t", id);
    if (!found) FAIL(found.error().detail);
    return *found ? (*found)->seq : 0;
  };
  CHECK(seq_of(third) == 3);
  CHECK(seq_of("my-id") == 11);
  CHECK(seq_of(made_up) == 12);
  CHECK(seq_of("nobody") == 0);
  const std::vector<std::string> ids{"nobody", "my-id", third};
  CHECK(*views.threads().existing_ids("acme", "t", ids) == std::vector<std::string>{"my-id", third});
  w.remove("acme", "t", 11);
  views.catch_up(w);
  CHECK(seq_of("my-id") == 0);
  w.append("acme", "t", "again", thread::role::user, "my-id");
  views.catch_up(w);
  CHECK(seq_of("my-id") == 13);
}

TEST_CASE("a deleted thread is gone from reads; made again it goes on with its seq and version") {
  ten_messages w;
  w.must("acme", "t", thread::write{thread::remove_thread{"no longer needed"}});
  running_views views(w);
  CHECK(views.threads().page("acme", "t", {}).error().code == errc::not_found);
  CHECK(views.reader->version_of({"acme", entity_kind::thread, "t"}).operator*() == 12);
  w.create("acme", "t");
  w.append("acme", "t", "new");
  views.catch_up(w);
  CHECK(seqs(views.threads().page("acme", "t", {})) == numbers{11});
}

TEST_CASE("an entity's entries are found by version") {
  ten_messages w;
  running_views views(w);
  const entity_key who{"acme", entity_kind::thread, "t"};
  CHECK(*views.reader->positions_after(who, 8) == numbers{9, 10, 11});
  CHECK(*views.reader->positions_after(who, 8, 2) == numbers{9, 10});
  CHECK(*views.reader->position_of(who, 11) == 11);
  CHECK(*views.reader->position_of(who, 12) == std::nullopt);
  CHECK(*views.reader->version_of({"other", entity_kind::thread, "t"}) == 0);
}

TEST_CASE("entities ask to be woken at their expiry, and at once while a fork is pending") {
  thread_world w;
  thread::create c;
  c.limits.ttl_s = 60;
  w.create("acme", "mortal", c);
  const instant made = w.now;
  w.create("acme", "eternal");
  w.append("acme", "eternal", "hi");
  running_views views(w);
  CHECK(views.reader->due({made.us + 59'999'999}, 10)->empty());
  REQUIRE(views.reader->due({made.us + 60'000'000}, 10)->size() == 1);
  CHECK(views.reader->due({made.us + 60'000'000}, 10)->front().who.id == "mortal");
  w.lose_effects = true;
  w.fork("acme", "eternal", "child");
  views.catch_up(w);
  REQUIRE(views.reader->due({0}, 10)->size() == 1);
  CHECK(views.reader->due({0}, 10)->front().who.id == "eternal");
  w.lose_effects = false;
  w.must("acme", "eternal", thread::wake{});
  views.catch_up(w);
  CHECK(views.reader->due({0}, 10)->empty());
}
