// Entries that views have shown are cut off the journal: afterwards the views are as if they had never been.

#include "tests/runtime/schedule_driver.hpp"
#include "tests/storage/random_threads.hpp"
#include "tests/storage/view_dump.hpp"
#include "tests/storage/workflow_world.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

std::string views_from_scratch(const thread_world& w) {
  const auto file = w.dir.path() / "scratch.db";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  storage::view_applier views({file, w.dir.journal(), {}});
  REQUIRE(views.start());
  views.notify(w.position());
  REQUIRE(views.wait_for_index(w.position(), std::chrono::steady_clock::now() + std::chrono::seconds(60)));
  views.stop();
  return dump_by_name(file);
}

void same_as_from_scratch(thread_world& w, std::unique_ptr<running_views>& views) {
  views->applier.cut(w.position()); // once more does no harm
  views->catch_up(w);
  const std::string rebuilt = views->applier.progress().rebuild_reason;
  CHECK((rebuilt.empty() || rebuilt == "there is no file")); // repaired in place
  views->stop();
  const std::string repaired = dump_by_name(w.views_file()), fresh = views_from_scratch(w);
  INFO(first_difference(repaired, fresh));
  CHECK((repaired == fresh));
  views = std::make_unique<running_views>(w);
}

// Of a random partition that has entries, its last few or many.
bool cut_somewhere(thread_world& w, random_seed& seed) {
  for (int tries = 0; tries < 20; ++tries) {
    const auto p = static_cast<std::uint16_t>(seed.below(16));
    const std::uint64_t size = w.file().head(partition_id{p}).index;
    if (size == 0) continue;
    const std::uint64_t going = 1 + seed.below(seed.one_in(5) ? size : std::min<std::uint64_t>(size, 6));
    w.cut(p, size - going);
    return true;
  }
  return false;
}

std::int64_t count_in_views(const thread_world& w, const std::string& table) {
  auto db = storage::sqlite::connection::open(w.views_file(), {.read_only = true, .vfs = {}});
  REQUIRE(db);
  return *db->integer(("SELECT count(*) FROM " + table).c_str());
}

} // namespace

TEST_CASE("a thread shows nothing of what was cut off, and goes on from what is left") {
  thread_world w;
  w.create("acme", "t");
  w.append("acme", "t", "kept");
  w.create("acme", "other");
  w.append("acme", "other", "untouched");
  auto views = std::make_unique<running_views>(w);
  const auto p = partition_of({"acme", entity_kind::thread, "t"}, 16);
  const auto other = partition_of({"acme", entity_kind::thread, "other"}, 16);
  REQUIRE(p.value != other.value);
  const std::uint64_t kept = w.file().head(p).index;
  w.append("acme", "t", "gone");
  w.edit("acme", "t", 1, "edited and gone");
  views->catch_up(w);
  CHECK(bodies(views->threads().page("acme", "t", {})).size() == 2);
  w.cut(p.value, kept);
  views->applier.cut(w.position());
  views->catch_up(w);
  CHECK(views->applier.progress().repairs == 1);
  const auto left = bodies(views->threads().page("acme", "t", {}));
  REQUIRE(left.size() == 1);
  CHECK(left[0].find("\"kept\"") != std::string::npos);
  w.append("acme", "t", "new");
  views->catch_up(w);
  CHECK(bodies(views->threads().page("acme", "t", {})).size() == 2);
  CHECK(bodies(views->threads().page("acme", "other", {})).size() == 1);
  same_as_from_scratch(w, views);
}

TEST_CASE("a thread whose creation was cut off is not there any more") {
  thread_world w;
  w.create("acme", "t");
  w.append("acme", "t", "gone");
  auto views = std::make_unique<running_views>(w);
  w.cut(partition_of({"acme", entity_kind::thread, "t"}, 16).value, 0);
  views->applier.cut(w.position());
  views->catch_up(w);
  CHECK_FALSE(views->threads().page("acme", "t", {}));
  w.create("acme", "t");
  w.append("acme", "t", "again");
  same_as_from_scratch(w, views);
}

TEST_CASE("until a cut is repaired nothing counts as applied") {
  thread_world w;
  w.create("acme", "t");
  storage::view_applier views(w.view_settings());
  REQUIRE(views.start());
  views.notify(w.position());
  const auto soon = [] { return std::chrono::steady_clock::now() + std::chrono::seconds(60); };
  REQUIRE(views.wait_for(w.position(), soon()));
  CHECK(views.applied_position() == w.position());
  CHECK(views.floor_position() == 0);
  w.cut(partition_of({"acme", entity_kind::thread, "t"}, 16).value, 0);
  views.cut(w.position());
  REQUIRE(views.wait_for(w.position(), soon()));
  CHECK(views.progress().repairs == 1);
  CHECK(views.applied_position() == w.position());
  CHECK(views.floor_position() == 0);
  views.stop();
}

TEST_CASE("a cut of what the views have not seen repairs nothing") {
  thread_world w;
  w.create("acme", "t");
  auto views = std::make_unique<running_views>(w);
  views->stop();
  views.reset();
  w.append("acme", "t", "never seen");
  w.cut(partition_of({"acme", entity_kind::thread, "t"}, 16).value, 1);
  w.append("acme", "t", "seen");
  views = std::make_unique<running_views>(w);
  CHECK(bodies(views->threads().page("acme", "t", {})).size() == 1);
  same_as_from_scratch(w, views);
}

TEST_CASE("whatever is cut off threads, the repaired views are those made from scratch") {
  random_seed seed;
  CAPTURE(seed.rerun());
  thread_world w;
  auto views = std::make_unique<running_views>(w);
  int cuts = 0;
  for (int i = 0; i < 1200; ++i) {
    CAPTURE(i);
    act_on_threads(w, seed);
    if (seed.one_in(25)) views->catch_up(w, seed.one_in(2));
    if (!seed.one_in(30)) continue;
    const bool restart = seed.one_in(3), told = seed.one_in(2);
    if (restart) { // the node goes down between the cut and the repair
      views->stop();
      views.reset();
    }
    cuts += cut_somewhere(w, seed) ? 1 : 0;
    if (seed.one_in(4)) cuts += cut_somewhere(w, seed) ? 1 : 0;
    if (restart) views = std::make_unique<running_views>(w);
    else if (told) views->applier.cut(w.position()); // else it meets the cut with what follows
    if (seed.one_in(3)) same_as_from_scratch(w, views);
  }
  CHECK(cuts > 5);
  same_as_from_scratch(w, views);
  CHECK_FALSE(verified(w.dir.journal()).first_bad);
}

TEST_CASE("workflows, definitions and schedules lose what was cut off, and nothing else") {
  using workflow::json_value;
  random_seed seed;
  CAPTURE(seed.rerun());
  workflow_world world;
  thread_world& w = world.files;
  auto views = std::make_unique<running_views>(w);
  for (int round = 0; round < 8; ++round) {
    CAPTURE(round);
    for (int i = 0; i < 10; ++i) {
      const std::string org = seed.one_in(4) ? "other" : "acme";
      const std::string id = "r" + std::to_string(round) + "-" + std::to_string(i); // what was cut is not gone on with
      if (seed.one_in(3)) {
        for (auto versions = 1 + seed.below(3); versions-- > 0;)
          world.define(org, id, json_value::parse(R"({"phases":[{"name":"a","run":"wait","signal":"go"}]})"));
      } else if (seed.one_in(2)) {
        json_value attributes = json_value::object();
        if (seed.one_in(2)) attributes["customer"] = "c" + std::to_string(seed.below(3));
        if (seed.one_in(2)) attributes["size"] = seed.below(5);
        world.begin(org, id,
                    json_value::parse(R"({"name":"waits","phases":[{"name":"a","run":"wait","signal":"go"}]})"),
                    attributes);
        for (auto more = seed.below(4); more-- > 0;) {
          auto& instance = world.of(org, id);
          instance.may(workflow::write{workflow::signal{seed.one_in(3) ? "go" : "other", id, json_value::object()}});
          world.save();
        }
      } else {
        schedule::tests::schedule_driver s;
        s.who = {org, entity_kind::schedule, id};
        s.now = instant{world.now_us += 1'000'000};
        const auto put = [&](const char* every) {
          const auto document =
              json_value::parse(std::string(R"({"every":")") + every + R"(","workflow":{"definition":"d"}})");
          (void)s.attempt(schedule::write{schedule::put{document, schedule::put_mode::apply, {}, {}}});
        };
        put("1h");
        if (seed.one_in(2)) put("2h");
        REQUIRE_FALSE(s.recorded.empty());
        for (const auto& draft : s.recorded) world.record(s.who, draft);
      }
    }
    views->catch_up(w, seed.one_in(2));
    for (auto cuts = 1 + seed.below(4); cuts-- > 0;) {
      REQUIRE(cut_somewhere(w, seed));
      if (seed.one_in(2)) views->applier.cut(w.position());
    }
    same_as_from_scratch(w, views);
  }
  CHECK(count_in_views(w, "workflows") > 0);
  CHECK(count_in_views(w, "definitions") > 0);
  CHECK(count_in_views(w, "schedules") > 0);
}
