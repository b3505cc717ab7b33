#include "runtime/uuid.hpp"
#include "storage/search_query.hpp"
#include "tests/storage/thread_world.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

thread::search search_for(std::string text) {
  thread::search s;
  s.query = std::move(text);
  return s;
}

struct searched : thread_world {
  std::unique_ptr<running_views> views;

  void open() { views = std::make_unique<running_views>(*this); }
  std::vector<std::uint64_t> seqs(const thread::search& s, const std::string& org = "acme") {
    auto page = views->threads().search(org, s);
    if (!page) FAIL(page.error().detail);
    std::vector<std::uint64_t> all;
    for (const auto& hit : page->hits) all.push_back(hit.seq);
    std::sort(all.begin(), all.end());
    return all;
  }
  std::vector<std::uint64_t> seqs(const std::string& text, const std::string& org = "acme") {
    return seqs(search_for(text), org);
  }
};

using numbers = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("words are all needed, phrases in their order, minus leaves out, a star begins") {
  searched w;
  w.create("acme", "t");
  w.append("acme", "t", "The rope walk is long");               // 1
  w.append("acme", "t", "Walk the rope, don't run");            // 2
  w.append("acme", "t", "A ROPEWALKER met a tightrope");        // 3
  w.append("acme", "t", "Größe, naïve café");                   // 4
  w.append("acme", "t", "我喜欢用绳子编织 and こんにちは世界"); // 5
  w.open();
  CHECK(w.seqs("rope walk") == numbers{1, 2});
  CHECK(w.seqs("\"rope walk\"") == numbers{1});
  CHECK(w.seqs("rope -run") == numbers{1});
  CHECK(w.seqs("walk -\"rope walk\"") == numbers{2});
  CHECK(w.seqs("rope*") == numbers{1, 2, 3});
  CHECK(w.seqs("\"rope w\"*") == numbers{1});
  CHECK(w.seqs("naive cafe") == numbers{4});
  CHECK(w.seqs("GRÖSSE") == numbers{});
  CHECK(w.seqs("größe") == numbers{4});
  CHECK(w.seqs("绳子") == numbers{5});
  CHECK(w.seqs("子绳") == numbers{});
  CHECK(w.seqs("世界 and") == numbers{5});
  CHECK(w.seqs("don't !!! ...") == numbers{2});
}

TEST_CASE("what a search is made of is never taken for syntax") {
  searched w;
  w.create("acme", "t");
  w.append("acme", "t", "alpha AND beta NEAR scope t1 text");
  w.open();
  const char* const hostile[] = {"AND",
                                 "OR",
                                 "NOT",
                                 "NEAR(alpha beta)",
                                 "alpha OR",
                                 "scope:t1",
                                 "text : alpha",
                                 "{scope text} : alpha",
                                 "^alpha",
                                 "alpha + beta",
                                 "(((((",
                                 "alpha)",
                                 "\\\"",
                                 "'; DROP TABLE messages; --",
                                 "\x01"
                                 "1\x02"
                                 "alpha",
                                 "\x01"
                                 "2\x02",
                                 "al*pha",
                                 "*",
                                 "-",
                                 "--",
                                 "-*",
                                 "a:b:c",
                                 "\"\"",
                                 "\" \"",
                                 "alpha\xff\xfe",
                                 "%s%n",
                                 "rank",
                                 "message_text",
                                 "\"alpha\"\"beta\"",
                                 "-alpha",
                                 "…",
                                 "\t\n",
                                 "a*",
                                 "NEAR/2 x"};
  for (const char* text : hostile) {
    INFO(text);
    const auto page = w.views->threads().search("acme", search_for(text));
    if (!page) {
      CHECK(page.error().code == errc::invalid);
      CHECK(page.error().field == "query");
    }
  }
  CHECK(w.seqs("AND") == numbers{1});
  CHECK(w.seqs("NEAR(alpha") == numbers{});
  CHECK(w.seqs("scope:t1") == numbers{1}); // two words next to each other
  CHECK(w.views->threads().search("acme", search_for("\"open")).error().field == "query");
  CHECK(w.views->threads().search("acme", search_for("")).error().field == "query");
  std::string many;
  for (int i = 0; i < 33; ++i) many += "w" + std::to_string(i) + " ";
  CHECK(w.views->threads().search("acme", search_for(many)).error().field == "query");
  CHECK(w.views->threads().search("acme", search_for(std::string(1025, 'a'))).error().field == "query");
}

TEST_CASE("an org finds its own messages alone, and others do not change its scores") {
  searched w;
  w.create("acme", "t");
  w.append("acme", "t", "the secret rope");
  w.append("acme", "t", "nothing of that kind");
  w.create("rival", "t");
  w.open();
  const double before = w.views->threads().search("acme", search_for("rope"))->hits.at(0).score;
  for (int i = 0; i < 50; ++i) w.append("rival", "t", "rope of the rival, secret " + std::to_string(i));
  w.views->catch_up(w);
  CHECK(w.seqs("rival") == numbers{});
  CHECK(w.seqs("secret rope") == numbers{1});
  CHECK(w.seqs("secret", "rival").size() == 20);
  CHECK(w.seqs("secret", "nobody").empty());
  CHECK(w.views->threads().search("acme", search_for("rope"))->hits.at(0).score == before);
}

TEST_CASE("filters narrow a search") {
  searched w;
  thread::create c;
  c.user = "ann";
  c.tags = {"blue", "red"};
  w.create("acme", "a", c);
  c.user = "bob";
  c.tags = {};
  w.create("acme", "b", c);
  w.append("acme", "a", "knot one");
  const instant second = instant{w.now.us + 1000};
  w.append("acme", "a", "knot two", thread::role::assistant);
  w.append("acme", "b", "padding");
  w.append("acme", "b", "padding");
  w.append("acme", "b", "knot three");
  w.open();
  CHECK(w.seqs("knot") == numbers{1, 2, 3});
  auto s = search_for("knot");
  s.thread = "a";
  CHECK(w.seqs(s) == numbers{1, 2});
  s.role = "assistant";
  CHECK(w.seqs(s) == numbers{2});
  s = search_for("knot");
  s.user = "bob";
  CHECK(w.seqs(s) == numbers{3});
  s = search_for("knot");
  s.tag = "red";
  CHECK(w.seqs(s) == numbers{1, 2});
  s.since = second;
  CHECK(w.seqs(s) == numbers{2});
  s.since.reset();
  s.until = second;
  CHECK(w.seqs(s) == numbers{1});
  s = search_for("knot");
  s.thread = "nowhere";
  CHECK(w.seqs(s).empty());
  s = search_for("knot");
  s.sender = "x' OR 1=1 --";
  CHECK(w.seqs(s).empty());
}

TEST_CASE("a hit says where it is and shows the match in brackets") {
  searched w;
  thread::create c;
  c.name = "Knots";
  w.create("acme", "t", c);
  w.append("acme", "t", "tie a bowline here");
  w.open();
  const auto page = w.views->threads().search("acme", search_for("bowline"));
  REQUIRE(page->hits.size() == 1);
  const auto& hit = page->hits[0];
  CHECK(hit.thread == "t");
  CHECK(hit.thread_name == "Knots");
  CHECK(hit.seq == 1);
  CHECK(hit.role == "user");
  CHECK(hit.snippet == "tie a [bowline] here");
  CHECK(hit.id == thread::read_place(w.shown("acme", "t")[0])->id);
  CHECK(hit.created_at == to_rfc3339(w.now));
  CHECK(hit.score > 0);
}

TEST_CASE("a rarer word and a shorter message rank higher") {
  searched w;
  w.create("acme", "t");
  w.append("acme", "t", "rope " + std::string(2000, 'x') + " and many other things");
  w.append("acme", "t", "rope");
  for (int i = 0; i < 8; ++i) w.append("acme", "t", "filler");
  w.open();
  const auto page = w.views->threads().search("acme", search_for("rope"));
  REQUIRE(page->hits.size() == 2);
  CHECK(page->hits[0].seq == 2);
}

TEST_CASE("what was edited, removed, trimmed, cleared or deleted is not found any more") {
  searched w;
  w.create("acme", "t");
  w.append("acme", "t", "first apple");
  w.append("acme", "t", "second apple");
  w.open();
  CHECK(w.seqs("apple") == numbers{1, 2});
  w.edit("acme", "t", 1, "first pear");
  w.views->catch_up(w);
  CHECK(w.seqs("apple") == numbers{2});
  CHECK(w.seqs("pear") == numbers{1});
  w.remove("acme", "t", 2);
  w.views->catch_up(w, false); // whether or not the index has followed
  CHECK(w.seqs("apple") == numbers{});
  w.must("acme", "t", thread::write{thread::remove_thread{""}});
  w.views->catch_up(w);
  CHECK(w.seqs("pear") == numbers{});
}

TEST_CASE("a search in a fork finds what the fork shows, as the fork shows it") {
  searched w;
  thread::create c;
  c.user = "ann";
  w.create("acme", "p", c);
  for (const char* text : {"zebra one", "zebra two", "zebra three", "zebra four"}) w.append("acme", "p", text);
  w.fork("acme", "p", "f", 3);
  w.open();
  const auto in = [&](const char* thread, const char* text) {
    auto s = search_for(text);
    s.thread = thread;
    const auto page = w.views->threads().search("acme", s);
    if (!page) FAIL(page.error().detail);
    std::vector<std::uint64_t> found;
    for (const auto& hit : page->hits) {
      CHECK(hit.thread == thread);
      found.push_back(hit.seq);
    }
    std::sort(found.begin(), found.end());
    return found;
  };
  CHECK(in("f", "zebra") == numbers{1, 2, 3});
  CHECK(in("p", "zebra") == numbers{1, 2, 3, 4});
  CHECK(w.seqs("zebra") == numbers{1, 2, 3, 4}); // once each

  w.edit("acme", "p", 1, "giraffe one");
  w.remove("acme", "f", 2);
  w.edit("acme", "f", 3, "okapi three");
  w.fork("acme", "f", "g");
  w.views->catch_up(w);
  CHECK(in("f", "zebra") == numbers{1});
  CHECK(in("g", "zebra") == numbers{1});
  CHECK(in("g", "okapi") == numbers{3});
  CHECK(in("g", "giraffe") == numbers{});
  CHECK(in("p", "zebra") == numbers{2, 3, 4});

  w.must("acme", "p", thread::write{thread::remove_thread{""}});
  w.views->catch_up(w);
  CHECK(in("f", "zebra") == numbers{1});
  auto everywhere = search_for("zebra");
  const auto page = w.views->threads().search("acme", everywhere);
  REQUIRE(page->hits.size() == 1); // seq 1, which f and g show; 2 and 3 nobody shows any more
  CHECK(page->hits[0].thread == "f");
  everywhere.user = "nobody";
  CHECK(w.seqs(everywhere).empty());
  w.must("acme", "f", thread::write{thread::remove_thread{""}});
  w.views->catch_up(w);
  CHECK(w.views->threads().search("acme", search_for("zebra"))->hits.at(0).thread == "g");
  w.must("acme", "g", thread::write{thread::remove_thread{""}});
  w.views->catch_up(w);
  CHECK(w.seqs("zebra") == numbers{});
}

TEST_CASE("pages of a search follow each other without gaps or repeats") {
  searched w;
  w.create("acme", "t");
  for (int i = 0; i < 9; ++i) w.append("acme", "t", "others");
  for (int i = 0; i < 25; ++i) w.append("acme", "t", "same words"); // 10 to 34: of equal size
  w.open();
  auto s = search_for("same");
  s.limit = 10;
  std::vector<std::uint64_t> all;
  for (int pages = 0; pages < 5; ++pages) {
    auto page = w.views->threads().search("acme", s);
    if (!page) FAIL(page.error().detail);
    for (const auto& hit : page->hits) all.push_back(hit.seq);
    if (!page->next_cursor) break;
    s.cursor = page->next_cursor;
  }
  numbers expected;
  for (std::uint64_t seq = 34; seq > 9; --seq) expected.push_back(seq); // equal scores: newest first
  CHECK(all == expected);
  for (const char* bad : {"", "s1", "s1zzzzzzzz", "s1ffffffff", "l100000000", "s1000000000", "s1-0000001"}) {
    INFO(bad);
    s.cursor = bad;
    const auto page = w.views->threads().search("acme", s);
    REQUIRE_FALSE(page);
    CHECK(page.error().field == "cursor");
  }
}
