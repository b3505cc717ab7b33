#include <sys/resource.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "storage/view_pace.hpp"
#include "storage/view_readers.hpp"
#include "storage/view_schema.hpp"
#include "tests/storage/fault_vfs.hpp"
#include "tests/storage/thread_world.hpp"
#include "tests/storage/view_dump.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using storage::view_applier;

namespace {

struct small_world : thread_world {
  small_world() {
    create("acme", "t");
    for (int i = 0; i < 20; ++i) append("acme", "t", "message");
  }
  // Views caught up and closed.
  void settle() {
    running_views views(*this);
    views.stop();
  }
};

auto soon() { return std::chrono::steady_clock::now() + 10s; }

// The reason why views were built anew; "" = they were taken as they are.
std::string reopened(const thread_world& w) {
  running_views views(w);
  CHECK(views.threads().page("acme", "t", {}).operator*().messages.size() == w.shown("acme", "t").size());
  const auto p = views.applier.progress();
  CHECK(p.applied == w.position());
  return p.rebuilds == 0 ? "" : p.rebuild_reason;
}

} // namespace

TEST_CASE("views that were closed go on where they were") {
  small_world w;
  CHECK(reopened(w) == "there is no file");
  w.append("acme", "t", "later");
  CHECK(reopened(w) == "");
}

TEST_CASE("views that cannot be trusted are built anew by themselves") {
  small_world w;
  w.settle();
  SECTION("another schema") {
    tamper(w.views_file(), "PRAGMA user_version=99");
    CHECK(reopened(w) == "its schema is version 99");
  }
  SECTION("another journal") {
    tamper(w.views_file(), "UPDATE view_state SET value='00000000-0000-0000-0000-000000000000' WHERE name='cluster'");
    CHECK(reopened(w) == "it shows another journal");
  }
  SECTION("ahead of the journal") {
    tamper(w.views_file(), "UPDATE view_state SET value=1000 WHERE name='applied'");
    CHECK(reopened(w) == "it is ahead of the journal");
  }
  SECTION("another history") {
    tamper(w.views_file(), "UPDATE view_state SET value='00' WHERE name='applied_hash'");
    CHECK(reopened(w) == "it shows another history of the journal");
  }
  SECTION("a power cut") {
    tamper(w.views_file(), "UPDATE view_state SET value='0' WHERE name='clean'");
    tamper(w.views_file(), "UPDATE view_state SET value='another boot' WHERE name='boot'");
    CHECK(reopened(w) == "the machine went down before it was on the disk");
  }
  SECTION("killed within the same boot is fine") {
    tamper(w.views_file(), "UPDATE view_state SET value='0' WHERE name='clean'");
    CHECK(reopened(w) == "");
  }
  SECTION("another boot after a clean close is fine") {
    tamper(w.views_file(), "UPDATE view_state SET value='another boot' WHERE name='boot'");
    CHECK(reopened(w) == "");
  }
  SECTION("no database at all") {
    std::ofstream(w.views_file(), std::ios::trunc) << std::string(20'000, 'x');
    CHECK(reopened(w) != "");
  }
  SECTION("another program's database") {
    std::filesystem::remove(w.views_file());
    tamper(w.views_file(), "CREATE TABLE x(y)");
    CHECK(reopened(w) == "it is not a file of views");
  }
  SECTION("cut off") {
    std::filesystem::resize_file(w.views_file(), 8192 * 3);
    running_views views(w);
    w.append("acme", "t", "one more");
    views.catch_up(w);
    CHECK(views.applier.progress().applied == w.position());
  }
  SECTION("gone while it is in use") {
    running_views views(w);
    std::filesystem::remove(w.views_file());
    w.append("acme", "t", "one more");
    views.catch_up(w);
    CHECK(views.applier.progress().rebuild_reason == "its file is gone");
    views.reader = *storage::view_reader::open(w.views_file());
    CHECK(views.threads().page("acme", "t", {})->messages.size() == 21);
  }
}

TEST_CASE("a read waits for what it must have seen, without a reader's thread") {
  small_world w;
  view_applier applier(w.view_settings());
  REQUIRE(applier.start());
  storage::view_readers readers(applier, 1);
  std::promise<std::size_t> first;
  const auto count = [](std::promise<std::size_t>& to) {
    return [&to](result<storage::view_reader*> views) {
      to.set_value(views ? (*views)->threads().page("acme", "t", {})->messages.size() : 0);
    };
  };
  CHECK(readers.post(w.position() + 1, soon(), count(first)));
  std::promise<std::size_t> second; // behind it in time, not in need
  CHECK(readers.post(w.position(), soon(), count(second)));
  CHECK(second.get_future().get() == 20);
  w.append("acme", "t", "one more");
  applier.notify(w.position());
  CHECK(first.get_future().get() == 21);
}

TEST_CASE("a read that waits too long is told so, and so is one that waits when all is stopped") {
  small_world w;
  view_applier applier(w.view_settings());
  REQUIRE(applier.start());
  storage::view_readers readers(applier);
  const auto answer = [](std::promise<std::string>& to) {
    return [&to](result<storage::view_reader*> views) { to.set_value(views ? "served" : views.error().type); };
  };
  std::promise<std::string> late, stopped, after;
  CHECK(readers.post(w.position() + 1, std::chrono::steady_clock::now() + 20ms, answer(late)));
  CHECK(late.get_future().get() == "views_behind");
  CHECK(readers.post(w.position() + 1, soon() + 1h, answer(stopped)));
  readers.stop();
  CHECK(stopped.get_future().get() == "stopping");
  CHECK_FALSE(readers.post(0, soon(), answer(after)));
  CHECK(after.get_future().get() == "stopping");
  CHECK_FALSE(applier.wait_for(w.position() + 1, std::chrono::steady_clock::now() + 10ms));
}

TEST_CASE("while the views' disk is full reads are served as of then or refused at once, and then all goes on") {
  small_world w;
  fault_vfs disk(nullptr, true);
  std::strcpy(disk.plan().file_part, "views.db");
  auto settings = w.view_settings();
  std::mutex mutex;
  std::vector<std::string> told;
  settings.on_failing = [&](const error* why) {
    std::lock_guard lock(mutex);
    told.push_back(why ? why->type : "goes on");
  };
  view_applier applier(settings);
  REQUIRE(applier.start());
  storage::view_readers readers(applier);
  REQUIRE(applier.wait_for(w.position(), soon()));
  const auto ask = [&](std::uint64_t position) {
    auto answer = std::make_shared<std::promise<std::string>>();
    readers.post(position, soon(), [answer](result<storage::view_reader*> views) {
      answer->set_value(views ? std::to_string((*views)->threads().page("acme", "t", {})->messages.size())
                              : views.error().type);
    });
    auto given = answer->get_future();
    return given.wait_for(2s) == std::future_status::ready ? given.get() : "nothing";
  };
  disk.plan().fill_disk();
  w.append("acme", "t", "one more");
  applier.notify(w.position());
  CHECK(ask(w.position()) == "disk_full"); // whether it waited already or not
  CHECK(ask(w.position()) == "disk_full");
  CHECK(ask(w.position() - 1) == "20");
  CHECK(applier.failing()->type == "disk_full");
  disk.plan().mend();
  CHECK(applier.wait_for(w.position(), std::chrono::steady_clock::now() + 3s));
  CHECK(ask(w.position()) == "21");
  CHECK_FALSE(applier.failing());
  readers.stop();
  applier.stop();
  CHECK(told == std::vector<std::string>{"disk_full", "goes on"});
}

TEST_CASE("full text that cannot follow refuses the searches that wait for it, and no other read") {
  small_world w;
  fault_vfs disk(nullptr, true);
  std::strcpy(disk.plan().file_part, "views.db");
  view_applier applier(w.view_settings());
  REQUIRE(applier.start());
  storage::view_readers readers(applier);
  REQUIRE(applier.wait_for_index(w.position(), soon()));
  const auto ask = [&](bool searches) {
    auto answer = std::make_shared<std::promise<std::string>>();
    const auto job = [answer](result<storage::view_reader*> views) {
      answer->set_value(views ? "served" : views.error().type);
    };
    if (searches) readers.post_search(w.position(), soon(), job);
    else readers.post(w.position(), soon(), job);
    return answer->get_future().get();
  };
  CHECK(ask(true) == "served");
  w.append("acme", "t", "one more");
  applier.notify(w.position());
  REQUIRE(applier.wait_for(w.position(), soon()));
  disk.plan().fill_disk(); // full text follows when all has been quiet for a while
  for (const auto until = soon(); !applier.index_failing() && std::chrono::steady_clock::now() < until;)
    std::this_thread::sleep_for(5ms);
  CHECK(ask(false) == "served");
  CHECK(ask(true) == "disk_full");
  CHECK_FALSE(applier.failing());
  disk.plan().mend();
  CHECK(applier.wait_for_index(w.position(), std::chrono::steady_clock::now() + 3s));
  CHECK(ask(true) == "served");
  CHECK_FALSE(applier.index_failing());
  readers.stop();
  applier.stop();
}

TEST_CASE("while views are built anew reads wait, and then see everything") {
  small_world w;
  view_applier applier(w.view_settings());
  REQUIRE(applier.start());
  storage::view_readers readers(applier);
  REQUIRE(applier.wait_for(w.position(), soon()));
  for (int round = 0; round < 5; ++round) {
    applier.rebuild();
    std::vector<std::future<std::size_t>> seen;
    for (int i = 0; i < 20; ++i) {
      auto told = std::make_shared<std::promise<std::size_t>>();
      seen.push_back(told->get_future());
      readers.post(0, soon(), [told](result<storage::view_reader*> views) {
        told->set_value(views ? (*views)->threads().page("acme", "t", {})->messages.size() : 0);
      });
    }
    for (auto& s : seen) CHECK(s.get() == 20);
    CHECK(applier.wait_for(w.position(), soon()));
  }
  const auto p = applier.progress();
  CHECK(p.rebuilds == 6); // the first file included
  CHECK(p.rebuild_reason == "asked for");
  CHECK_FALSE(p.rebuilding);
  CHECK(p.bytes > 0);
}

TEST_CASE("an entry that makes no sense is set aside, and only its thread stands still") {
  small_world w;
  w.create("acme", "u");
  entry bad;
  bad.partition = partition_of({"acme", entity_kind::thread, "t"}, 16);
  bad.entity = {"acme", entity_kind::thread, "t"};
  bad.event = {"sung", "{}", w.threads[{"acme", "t"}].state.version + 1, w.now, {}};
  w.write({bad});
  w.append("acme", "u", "unharmed");
  running_views views(w);
  CHECK(views.applier.progress().faults == 1);
  CHECK(views.threads().page("acme", "u", {})->messages.size() == 1);
  CHECK(views.threads().page("acme", "t", {})->messages.size() == 20);
  CHECK(*views.reader->position_of({"acme", entity_kind::thread, "t"}, bad.event.version) == w.position() - 1);
}

TEST_CASE("kinds without a projection still have their entries") {
  small_world w;
  entry e;
  e.partition = partition_id{3};
  e.entity = {"acme", entity_kind::debate, "talk"};
  e.event = {"started", "{}", 1, w.now, {}};
  w.write({e});
  running_views views(w);
  CHECK(*views.reader->position_of(e.entity, 1) == w.position());
  CHECK(views.applier.progress().faults == 0);
}

TEST_CASE("killed while they are applied, views go on and show the same") {
  thread_world w;
  for (int t = 0; t < 5; ++t) w.create("acme", "t" + std::to_string(t));
  for (int batch = 0; batch < 40; ++batch) {
    thread::append a;
    a.batch = true;
    for (int i = 0; i < 200; ++i) {
      thread::message_draft m;
      append_json_string(m.content_json = "", "some words of message " + std::to_string(batch * 200 + i));
      a.messages.push_back(std::move(m));
    }
    w.must("acme", "t" + std::to_string(batch % 5), thread::write{std::move(a)});
  }
  int unfinished = 0;
  for (int kill_after_us : {0, 2'000, 5'000, 10'000, 20'000, 40'000}) {
    const pid_t child = fork();
    if (child == 0) {
      view_applier applier(w.view_settings());
      if (!applier.start()) _exit(1);
      (void)applier.wait_for(w.position(), soon());
      pause();
      _exit(0);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(20'000 + kill_after_us));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    if (auto db = storage::sqlite::connection::open(w.views_file(), {}))
      if (auto applied = db->integer("SELECT value FROM view_state WHERE name='applied'");
          applied && static_cast<std::uint64_t>(*applied) < w.position())
        ++unfinished;
  }
  CAPTURE(unfinished); // by luck none may have been; the comparison holds all the same
  {
    running_views views(w);
    views.stop();
  }
  const std::string continued = dump_views(w.views_file());
  std::filesystem::remove(w.views_file());
  {
    running_views views(w);
    views.stop();
  }
  CHECK((continued == dump_views(w.views_file())));
}

TEST_CASE("many readers and a writer at once: nobody sees less than what was asked for") {
  small_world w;
  view_applier applier(w.view_settings());
  REQUIRE(applier.start());
  storage::view_readers readers(applier);
  std::atomic<int> answered{0}, wrong{0};
  int asked = 0;
  for (std::size_t i = 21; i <= 200; ++i) {
    w.append("acme", "t", "message");
    applier.notify(w.position());
    ++asked;
    readers.post(w.position(), soon(), [&, i](result<storage::view_reader*> views) {
      storage::page_query q;
      q.limit = 1000;
      if (!views || (*views)->threads().page("acme", "t", q)->messages.size() < i) ++wrong;
      ++answered;
    });
  }
  for (const auto until = soon(); answered < asked && std::chrono::steady_clock::now() < until;)
    std::this_thread::sleep_for(1ms);
  CHECK(answered == asked);
  CHECK(wrong == 0);
}

TEST_CASE("a search sees what was durable when it was asked for") {
  small_world w;
  view_applier applier(w.view_settings());
  REQUIRE(applier.start());
  storage::view_readers readers(applier);
  for (int i = 0; i < 30; ++i) {
    const std::string word = "word" + std::to_string(i);
    w.append("acme", "t", word);
    applier.notify(w.position());
    std::promise<std::size_t> hits;
    readers.post_search(w.position(), soon(), [&](result<storage::view_reader*> views) {
      thread::search s;
      s.query = word;
      hits.set_value(views ? (*views)->threads().search("acme", s)->hits.size() : 99);
    });
    CHECK(hits.get_future().get() == 1);
  }
  CHECK(applier.progress().index_lag() == 0);
}

TEST_CASE("full text follows by itself, and then all is still") {
  small_world w;
  view_applier applier(w.view_settings());
  REQUIRE(applier.start());
  for (const auto until = soon();
       applier.indexed_position() < w.position() && std::chrono::steady_clock::now() < until;)
    std::this_thread::sleep_for(5ms);
  CHECK(applier.indexed_position() == w.position());
  std::this_thread::sleep_for(50ms);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  std::this_thread::sleep_for(400ms);
  getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_nvcsw - before.ru_nvcsw <= 2); // this thread's own sleep
}

TEST_CASE("full text follows when somebody waits, when it is quiet, or when it is far behind") {
  using storage::pace::should_index;
  CHECK_FALSE(should_index({0, true, 0, 1h, 1h}));
  CHECK(should_index({1, true, 50'000, 0s, 0s}));
  CHECK_FALSE(should_index({500'000, false, 50'000, 0s, 10s}));
  CHECK(should_index({1'000'000, false, 50'000, 0s, 10s}));
  CHECK(should_index({1, false, 50'000, 100ms, 0s}));
  CHECK(should_index({1'000, false, 100, 0s, 0s}));
  CHECK_FALSE(should_index({999, false, 100, 0s, 99ms}));
  CHECK(should_index({1, false, 100, 0s, 100ms}));
}

TEST_CASE("the pause after a batch shrinks with the lag") {
  using namespace storage::pace;
  CHECK(pause_after(60ms, 0) == 120ms);
  CHECK(pause_after(60ms, 100'000) == 60ms);
  CHECK(pause_after(60ms, 200'000) == 0ms);
  CHECK(pause_after(60ms, 5'000'000) == 0ms);
  CHECK(pause_after(1us, 0) == gather);
}
