#include "runtime/json_text.hpp"
#include "tests/storage/thread_world.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

using names = std::vector<std::string>;

names thread_ids(const result<storage::thread_page>& page) {
  if (!page) FAIL(page.error().detail);
  names all;
  for (const auto& t : page->threads) {
    const auto doc = json_document::parse(t.json, {});
    all.push_back(doc->root().find("id")->string());
  }
  return all;
}

thread::list limited(std::uint32_t limit, std::optional<std::string> cursor = {}) {
  thread::list l;
  l.limit = limit;
  l.cursor = std::move(cursor);
  return l;
}

} // namespace

TEST_CASE("threads are listed newest change first, as the wire shows them") {
  thread_world w;
  for (const char* id : {"a", "b", "c"}) w.create("acme", id);
  w.append("acme", "a", "hi");
  w.create("other", "x");
  running_views views(w);
  const auto page = views.threads().list("acme", {});
  CHECK(thread_ids(page) == names{"a", "c", "b"});
  CHECK_FALSE(page->next_cursor);
  CHECK(page->threads[0].json ==
        thread::render_thread({"acme", entity_kind::thread, "a"}, w.threads[{"acme", "a"}].state));
  CHECK(thread_ids(views.threads().list("nobody", {})).empty());
}

TEST_CASE("filters of lists and counts") {
  thread_world w;
  thread::create c;
  c.user = "ann";
  c.agent = "helper";
  c.tags = {"blue", "red"};
  w.create("acme", "1", c);
  c.tags = {"red"};
  w.create("acme", "2", c);
  const instant later = w.now;
  c.user = "bob";
  c.agent = "";
  w.create("acme", "3", c);
  w.append("acme", "1", "hi");
  w.append("acme", "1", "ho");
  w.must("acme", "2", thread::write{thread::suspend{"pause"}});
  running_views views(w);
  const auto listed = [&](const thread::filter& f) {
    thread::list l;
    l.where = f;
    auto found = thread_ids(views.threads().list("acme", l));
    std::sort(found.begin(), found.end());
    CHECK(views.threads().count("acme", f)->threads == found.size());
    return found;
  };
  thread::filter f;
  CHECK(listed(f) == names{"1", "2", "3"});
  CHECK(views.threads().count("acme", f)->messages == 2);
  f.user = "ann";
  CHECK(listed(f) == names{"1", "2"});
  f.status = "suspended";
  CHECK(listed(f) == names{"2"});
  f = {};
  f.agent = "helper";
  CHECK(listed(f) == names{"1", "2"});
  f = {};
  f.tag = "blue";
  CHECK(listed(f) == names{"1"});
  f.tag = "red";
  f.updated_since = instant{later.us + 1};
  CHECK(listed(f) == names{"1", "2", "3"});
  f.status = "nonsense";
  CHECK(views.threads().count("acme", f).error().field == "status");

  thread::update u;
  u.tags = std::vector<std::string>{"green"};
  w.must("acme", "1", thread::write{u});
  w.must("acme", "3", thread::write{thread::remove_thread{""}});
  views.catch_up(w);
  f = {};
  f.tag = "blue";
  CHECK(listed(f).empty());
  f.tag = "green";
  CHECK(listed(f) == names{"1"});
  CHECK(listed({}) == names{"1", "2"});
}

TEST_CASE("a user's threads are those that are active or suspended") {
  thread_world w;
  thread::create c;
  c.user = "ann";
  for (const char* id : {"1", "2", "3", "4"}) w.create("acme", id, c);
  w.must("acme", "2", thread::write{thread::suspend{""}});
  w.must("acme", "3", thread::write{thread::close{""}});
  w.must("acme", "4", thread::write{thread::remove_thread{""}});
  w.create("acme", "nobody's");
  running_views views(w);
  CHECK(*views.threads().threads_of_user("acme", "ann") == 2);
  CHECK(*views.threads().threads_of_user("acme", "") == 0);
  CHECK(*views.threads().threads_of_user("other", "ann") == 0);
}

TEST_CASE("no thread is listed twice while threads change, and none that stays is missed") {
  thread_world w;
  for (int i = 0; i < 30; ++i) w.create("acme", "t" + std::to_string(i));
  running_views views(w);
  names seen;
  std::optional<std::string> cursor;
  int pages = 0;
  do {
    auto page = views.threads().list("acme", limited(7, cursor));
    for (auto& id : thread_ids(page)) seen.push_back(id);
    cursor = page->next_cursor;
    w.append("acme", "t29", "moves to the front"); // seen already
    w.append("acme", "t0", "moves to the front");  // not yet
    w.create("acme", "new" + std::to_string(pages));
    views.catch_up(w);
  } while (cursor && ++pages < 20);
  names expected;
  for (int i = 29; i > 0; --i) expected.push_back("t" + std::to_string(i));
  CHECK(seen == expected);
}

TEST_CASE("a list's cursor is only taken as it was given") {
  thread_world w;
  for (int i = 0; i < 3; ++i) w.create("acme", "t" + std::to_string(i));
  running_views views(w);
  const auto cursor = views.threads().list("acme", limited(1))->next_cursor;
  REQUIRE(cursor);
  for (std::string bad : {std::string{}, std::string("l1"), *cursor + "0", cursor->substr(1), "s1" + cursor->substr(2),
                          "l1" + std::string(32, 'f'), "l1" + std::string(32, 'g'), "l1-" + std::string(31, '0')}) {
    INFO(bad);
    const auto page = views.threads().list("acme", limited(1, bad));
    REQUIRE_FALSE(page);
    CHECK(page.error().code == errc::invalid);
    CHECK(page.error().field == "cursor");
  }
}
