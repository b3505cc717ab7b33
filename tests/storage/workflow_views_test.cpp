// Instances as their machine makes them, in a journal, beside their states: what the views must show.
#include <algorithm>
#include <set>

#include "storage/workflow_projection.hpp"
#include "storage/workflow_queries.hpp"
#include "tests/random_seed.hpp"
#include "tests/storage/workflow_world.hpp"

namespace ropewalk::storage {
namespace {

using namespace ropewalk::tests;
using workflow::json_value;
using names = std::vector<std::string>;

names workflow_ids(const result<workflow_page>& page) {
  if (!page) FAIL(page.error().detail);
  names all;
  for (const auto& w : page->workflows) all.push_back(json_value::parse(w).at("id"));
  return all;
}

const json_value waiting =
    json_value::parse(R"({"name":"waits","phases":[{"name":"approval","run":"wait","signal":"go"}]})");

// Phases of every kind that can be outstanding, with and without time limits.
json_value random_list(random_seed& seed, int& names, int depth) {
  json_value phases = json_value::array();
  for (auto n = 1 + seed.below(3); n-- > 0;) {
    json_value p{{"name", "p" + std::to_string(++names)}};
    const auto worker = [&seed](json_value& w) {
      w["run"] = "agent", w["subject"] = "x";
      w["retry"] = {{"attempts", 2}, {"first", "1s"}};
      if (seed.one_in(2)) w["timeouts"] = {{"attempt", "30s"}, {"heartbeat", "10s"}, {"start", "5s"}, {"total", "60s"}};
    };
    switch (seed.below(depth > 0 ? 9 : 6)) {
    case 0: p["run"] = "sleep", p["for"] = "2s"; break;
    case 1:
      p["run"] = "wait", p["signal"] = "go";
      if (seed.one_in(2)) p["deadline"] = "20s";
      break;
    case 2:
      p["run"] = "workflow", p["definition"] = "child";
      if (seed.one_in(2)) p["timeouts"] = {{"attempt", "30s"}, {"total", "60s"}};
      break;
    case 3:
      worker(p);
      p["when"] = {{"at", "/skip"}, {"exists", seed.one_in(2)}};
      break;
    case 4:
    case 5:
      worker(p);
      if (seed.one_in(2)) p["compensate"] = {{"run", "task"}, {"queue", "undo"}};
      break;
    case 6:
      p["run"] = "map", p["over"] = "/items", p["concurrency"] = 2, p["result"] = "/" + p["name"].get<std::string>();
      p["do"] = {{"name", p["name"].get<std::string>() + "do"}};
      worker(p["do"]);
      if (seed.one_in(2)) p["timeouts"] = {{"total", "50s"}};
      break;
    default:
      p["run"] = "parallel", p["join"] = seed.one_in(3) ? "first" : "all";
      p["branches"] = {{"a", random_list(seed, names, depth - 1)}, {"b", random_list(seed, names, depth - 1)}};
      if (seed.one_in(2)) p["timeouts"] = {{"total", "40s"}}, p["retry"] = {{"attempts", 2}, {"first", "3s"}};
      break;
    }
    phases.push_back(std::move(p));
  }
  return phases;
}

json_value random_document(random_seed& seed) {
  int count = 0;
  json_value d{
      {"name", "d" + std::to_string(seed.below(3))}, {"version", 1 + seed.below(2)}, {"state", {{"items", {1, 2, 3}}}}};
  d["phases"] = random_list(seed, count, 2);
  if (seed.one_in(3)) d["timeout"] = "100s";
  return d;
}

json_value random_attributes(random_seed& seed) {
  json_value all = json_value::object();
  if (seed.one_in(2)) all["customer"] = "c" + std::to_string(seed.below(2));
  if (seed.one_in(2)) all["size"] = seed.below(3);
  if (seed.one_in(3)) all["urgent"] = seed.one_in(2);
  return all;
}

void act(workflow_world& world, random_seed& seed, int& made) {
  using namespace workflow;
  const std::string org = seed.one_in(4) ? "other" : "acme", id = "w" + std::to_string(seed.below(8));
  auto& w = world.of(org, id);
  if (w.state.status == instance_status::absent) {
    if (const auto& from = world.instances.begin()->second; seed.one_in(4) && from.state.lines.contains(0))
      w.may(write{branch_off{from.who.id, from.state.version, encode_state(from.state), json_value{{"more", ++made}},
                             random_attributes(seed)}});
    else {
      std::optional<parent_run> parent;
      if (seed.one_in(3)) parent = parent_run{"p" + std::to_string(seed.below(2)), 1 + seed.below(3)};
      world.begin(org, id, random_document(seed), random_attributes(seed), parent, seed.below(2) * 3);
    }
    return world.save();
  }
  std::vector<std::uint64_t> open;
  for (const auto& [number, r] : w.state.runs)
    if (is_open(r.status)) open.push_back(number);
  const std::uint64_t run = open.empty() ? 1 : open[seed.below(open.size())];
  switch (seed.below(20)) {
  case 0: w.may(write{pause{"why"}}); break;
  case 1:
  case 2: w.may(write{resume{}}); break;
  case 3: w.may(crash{"it broke", 5}); break;
  case 4: w.may(write{cancel{"enough"}}); break;
  case 5:
    if (seed.one_in(3)) w.may(write{terminate{"at once"}});
    break;
  case 6:
  case 7: w.may(write{retry{{}, "again"}}); break;
  case 8:
    w.now_us += static_cast<std::int64_t>(seed.below(5'000'000));
    w.may(wake{});
    break;
  case 9:
    if (const auto at = workflow::wake_at(w.state)) w.now_us = std::max(w.now_us, at->us);
    w.may(wake{});
    break;
  case 10:
  case 11: w.may(write{signal{"go", "s" + std::to_string(++made), json_value::object()}}); break;
  case 12:
    for (const auto& [child, how] : std::map(w.state.leaving))
      if (seed.one_in(2)) w.may(child_ended{how.run, child, child_end::cancelled, {}, {"cancelled", ""}});
    break;
  case 13: w.may(write{complete{run, {}, failure{{"broken", "it broke"}, seed.one_in(2)}, "worker"}}); break;
  case 14: w.may(write{update{json_value{{"items", {1, 2}}}, "less", {}}}); break;
  case 15: w.restart(); break;
  default:
    if (const auto r = w.state.runs.find(run); r != w.state.runs.end() && !r->second.child.empty())
      w.may(child_ended{run,
                        r->second.child,
                        seed.one_in(3) ? child_end::failed : child_end::completed,
                        json_value::object(),
                        {"broken", ""}});
    else w.may(write{complete{run, {}, json_value{{"x", ++made}}, "worker"}});
  }
  world.save();
}

bool matches(const workflow::filter& f, const workflow::instance& s) {
  for (const auto& [name, value] : f.attributes.items())
    if (!s.attributes.contains(name) || s.attributes[name] != value) return false;
  return (!f.definition || *f.definition == s.definition->read.name) &&
         (!f.version || *f.version == s.definition->read.version) && (!f.status || *f.status == name(s.status)) &&
         (!f.started_since || s.created_at >= *f.started_since) &&
         (!f.started_until || s.created_at < *f.started_until) &&
         (!f.updated_since || s.updated_at >= *f.updated_since) &&
         (!f.parent || (s.parent && s.parent->workflow == *f.parent)) &&
         (!f.branched_from || (s.branched_from && s.branched_from->workflow == *f.branched_from));
}

workflow::filter random_filter(const workflow_world& world, random_seed& seed) {
  workflow::filter f;
  const instant some{world.now_us - static_cast<std::int64_t>(seed.below(40'000'000))};
  if (seed.one_in(3)) f.definition = "d" + std::to_string(seed.below(3));
  if (f.definition && seed.one_in(2)) f.version = static_cast<std::uint32_t>(1 + seed.below(2));
  if (seed.one_in(4)) f.status = seed.one_in(2) ? "running" : "failed";
  if (seed.one_in(2)) f.attributes = random_attributes(seed);
  if (seed.one_in(5)) f.started_since = some;
  if (seed.one_in(5)) f.started_until = some;
  if (seed.one_in(5)) f.updated_since = some;
  if (seed.one_in(6)) f.parent = "p" + std::to_string(seed.below(2));
  if (seed.one_in(6)) f.branched_from = "w" + std::to_string(seed.below(3));
  return f;
}

void compare_lists(const workflow_world& world, running_views& views, random_seed& seed) {
  auto& shown = views.reader->workflows();
  for (int i = 0; i < 10; ++i) {
    const auto f = random_filter(world, seed);
    std::vector<std::pair<instant, std::string>> expected;
    for (const auto& [key, w] : world.instances)
      if (key.first == "acme" && w.state.status != workflow::instance_status::absent && matches(f, w.state))
        expected.emplace_back(w.state.updated_at, key.second);
    std::sort(expected.rbegin(), expected.rend());
    names all, seen;
    for (const auto& e : expected) all.push_back(e.second);
    std::optional<std::string> cursor;
    do {
      const auto page = shown.list("acme", {f, 1 + static_cast<std::uint32_t>(seed.below(3)), cursor});
      for (auto& id : workflow_ids(page)) seen.push_back(id);
      cursor = page->next_cursor;
    } while (cursor);
    CHECK(seen == all);
    CHECK(*shown.count("acme", f) == all.size());
  }
}

// An object of the wire without what only the instance itself can tell.
json_value listed_part(const std::string& text) {
  auto json = json_value::parse(text);
  for (const char* name :
       {"runs", "failed_runs", "signals", "late_results", "ending", "not_undone", "leaving_children", "phase"})
    json.erase(name);
  return json;
}

void compare(const workflow_world& world, running_views& views) {
  std::set<entity_key> outstanding;
  const auto found = views.reader->workflows().outstanding(0, 1000);
  REQUIRE(found);
  for (const auto& o : *found) outstanding.insert(o.who);
  std::map<entity_key, instant> due;
  const auto woken = views.reader->due(instant{INT64_MAX}, 1000);
  REQUIRE(woken);
  for (const auto& d : *woken) due[d.who] = d.wake_at;
  for (const std::string org : {"acme", "other"}) {
    const auto page = views.reader->workflows().list(org, {{}, 1000, {}});
    REQUIRE(page);
    for (const std::string& text : page->workflows) {
      const auto& w = world.instances.at({org, json_value::parse(text).at("id")});
      CAPTURE(w.who.id, w.recorded.size(), workflow::render_workflow(w.who, w.state, nullptr));
      CHECK(listed_part(text) == listed_part(workflow::render_workflow(w.who, w.state, nullptr)));
      CHECK(outstanding.contains(w.who) == workflow::needs_recovery(w.state));
      const auto at = workflow::wake_at(w.state);
      CHECK(due.contains(w.who) == at.has_value());
      if (at) CHECK(due[w.who].us == at->us);
      std::set<std::string> open, phases;
      for (const auto& [number, r] : w.state.runs)
        if (is_open(r.status)) open.insert(r.phase);
      const std::string phase = json_value::parse(text).value("phase", "");
      for (std::size_t at = 0; at < phase.size();) {
        const auto end = std::min(phase.find(", ", at), phase.size());
        phases.insert(phase.substr(at, end - at));
        at = end + 2;
      }
      if (w.status() != "failed") CHECK(phases == open);
    }
  }
}

} // namespace

TEST_CASE("whatever happens to workflows, the views show what their states say, and rebuilt they are the same") {
  random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < 4; ++round) {
    workflow_world world;
    auto views = std::make_unique<running_views>(world.files);
    int made = 0;
    for (int i = 0; i < 350; ++i) {
      act(world, seed, made);
      if (seed.one_in(20)) {
        views->catch_up(world.files);
        compare(world, *views);
        compare_lists(world, *views, seed);
      }
      if (seed.one_in(100)) { // stopped, and on from where it was
        views->stop();
        views = std::make_unique<running_views>(world.files);
        CHECK(views->applier.progress().rebuilds == 0);
      }
    }
    views->catch_up(world.files);
    compare(world, *views);
    CHECK(views->applier.progress().faults == 0);
    views->stop();
    const std::string incremental = dump_workflows(world.files.views_file());
    std::filesystem::remove(world.files.views_file());
    views = std::make_unique<running_views>(world.files);
    compare(world, *views);
    views->stop();
    CHECK((incremental == dump_workflows(world.files.views_file())));
  }
}

TEST_CASE("who waits for a child's turn is not woken by the deadline of an attempt that has not begun") {
  json_value branches = json_value::object();
  for (const std::string name : {"a", "b", "c", "d", "e"})
    branches[name] = {{{"name", name + "_runs"},
                       {"run", "workflow"},
                       {"definition", "child"},
                       {"result", "/" + name},
                       {"timeouts", {{"attempt", "30s"}}}}};
  const json_value five{{"name", "five"},
                        {"phases", {{{"name", "all"}, {"run", "parallel"}, {"branches", std::move(branches)}}}}};
  workflow_world world;
  world.begin("acme", "deep", five, json_value::object(), {}, 2); // two at once
  auto& w = world.of("acme", "deep");
  running_views views(world.files);
  compare(world, views);
  const auto ends_one = [&] {
    const auto r = std::find_if(w.state.runs.begin(), w.state.runs.end(),
                                [](const auto& at) { return is_open(at.second.status) && !at.second.child.empty(); });
    REQUIRE(r != w.state.runs.end());
    w.must(workflow::child_ended{r->first, r->second.child, workflow::child_end::completed, json_value::object(), {}});
    world.save();
    views.catch_up(world.files);
    compare(world, views);
  };
  w.now_us += 20'000'000;
  ends_one();
  ends_one();
  // Two have begun now; the last one waits since the beginning.
  CHECK(workflow::wake_at(w.state)->us > w.now_us + 29'000'000);
  w.now_us += 5'000'000;
  ends_one();
  ends_one();
  CHECK(workflow::wake_at(w.state)->us > w.now_us + 29'000'000);
}

TEST_CASE("attributes are found by value and type, numbers however they are written") {
  workflow_world world;
  world.begin("acme", "text", waiting, {{"a", "1"}});
  world.begin("acme", "whole", waiting, {{"a", 1}});
  world.begin("acme", "decimal", waiting, {{"a", 1.0}, {"b", 0.5}});
  world.begin("acme", "flag", waiting, {{"a", true}});
  world.begin("acme", "negative", waiting, {{"a", -1}, {"b", "%"}});
  world.begin("acme", "large", waiting, {{"a", 18446744073709551615u}});
  running_views views(world.files);
  const auto found = [&](const json_value& attributes) {
    workflow::filter f;
    f.attributes = attributes;
    auto all = workflow_ids(views.reader->workflows().list("acme", {f, 50, {}}));
    CHECK(*views.reader->workflows().count("acme", f) == all.size());
    std::sort(all.begin(), all.end());
    return all;
  };
  CHECK(found({{"a", "1"}}) == names{"text"});
  CHECK(found({{"a", 1}}) == names{"decimal", "whole"});
  CHECK(found({{"a", 1.0}}) == names{"decimal", "whole"});
  CHECK(found({{"a", true}}) == names{"flag"});
  CHECK(found({{"a", false}}).empty());
  CHECK(found({{"a", -1.0}}) == names{"negative"});
  CHECK(found({{"a", -1}, {"b", "%"}}) == names{"negative"});
  CHECK(found({{"a", 1}, {"b", "%"}}).empty());
  CHECK(found({{"a", 1}, {"b", 0.5}}) == names{"decimal"});
  CHECK(found({{"a", 18446744073709551615u}}) == names{"large"});
  CHECK(found({{"c", "1"}}).empty());
  workflow::filter f;
  f.attributes = {{"a", nullptr}};
  CHECK(views.reader->workflows().count("acme", f).error().field == "attributes.a");
  f = {};
  f.status = "absent";
  CHECK(views.reader->workflows().count("acme", f).error().field == "status");
}

TEST_CASE("the children and the branches of an instance are found by its id, in its own org alone") {
  workflow_world world;
  const auto from = [](std::string id) { return workflow::parent_run{std::move(id), 1}; };
  world.begin("acme", "root", waiting);
  world.begin("acme", "child", waiting, json_value::object(), from("root"));
  world.begin("acme", "grandchild", waiting, {{"a", 1}}, from("child"));
  world.begin("acme", "another", waiting, {{"a", 1}}, from("child"));
  world.begin("other", "stranger", waiting, json_value::object(), from("root"));
  const auto& root = world.instances.at({"acme", "root"}).state;
  for (const char* org : {"acme", "other"})
    world.of(org, "branch")
        .must(workflow::write{workflow::branch_off{"root", root.version, encode_state(root), json_value::object(),
                                                   json_value::object()}});
  world.save();
  running_views views(world.files);
  const auto found = [&](const std::string& org, const workflow::filter& f) {
    CHECK(*views.reader->workflows().count(org, f) == workflow_ids(views.reader->workflows().list(org, {f, 50, {}})).size());
    return workflow_ids(views.reader->workflows().list(org, {f, 50, {}}));
  };
  workflow::filter f;
  f.parent = "root";
  CHECK(found("acme", f) == names{"child"});
  CHECK(found("other", f) == names{"stranger"});
  f.parent = "child";
  CHECK(found("acme", f) == names{"another", "grandchild"});
  f.attributes = {{"a", 1}};
  f.status = "running";
  CHECK(found("acme", f) == names{"another", "grandchild"});
  f.branched_from = "root";
  CHECK(found("acme", f).empty());
  f = {};
  f.branched_from = "root";
  CHECK(found("acme", f) == names{"branch"});
  CHECK(found("other", f) == names{"branch"});
  f.branched_from = "branch";
  CHECK(found("acme", f).empty());
}

TEST_CASE("no workflow is listed twice while workflows change, and none that stays is missed") {
  workflow_world world;
  for (int i = 0; i < 30; ++i) world.begin("acme", "w" + std::to_string(i), waiting);
  running_views views(world.files);
  names seen;
  std::optional<std::string> cursor;
  int pages = 0;
  do {
    const auto page = views.reader->workflows().list("acme", {{}, 7, cursor});
    for (auto& id : workflow_ids(page)) seen.push_back(id);
    cursor = page->next_cursor;
    for (const char* id : {"w29", "w0"})
      world.of("acme", id).must(workflow::write{workflow::update{json_value{{"n", pages}}, "", {}}});
    world.begin("acme", "new" + std::to_string(pages), waiting);
    views.catch_up(world.files);
  } while (cursor && ++pages < 20);
  names expected;
  for (int i = 29; i > 0; --i) expected.push_back("w" + std::to_string(i));
  CHECK(seen == expected);
}

TEST_CASE("definitions are listed by name, and the versions of one newest first") {
  workflow_world world;
  for (const char* name : {"b", "a", "c"}) world.define("acme", name, waiting);
  world.define("acme", "a", random_document(*std::make_unique<random_seed>()), 5);
  world.define("acme", "a", waiting);
  world.define("acme", "a", waiting); // noted alone
  world.define("other", "x", waiting);
  running_views views(world.files);
  auto& shown = views.reader->workflows();
  const auto listed = [&](std::optional<std::string> name) {
    names all;
    std::optional<std::string> cursor;
    do {
      const auto page = shown.definitions("acme", {name, 1, cursor});
      if (!page) FAIL(page.error().detail);
      for (const auto& d : page->definitions) {
        const auto json = json_value::parse(d);
        CHECK_FALSE(json.contains("document"));
        all.push_back(json.at("name").get<std::string>() + std::to_string(json.at("version").get<int>()));
      }
      cursor = page->next_cursor;
    } while (cursor);
    return all;
  };
  CHECK(listed({}) == names{"a6", "b1", "c1"});
  CHECK(listed("a") == names{"a6", "a5", "a1"});
  CHECK(listed("x").empty());
  const auto& a = world.books.at({"acme", "a"});
  for (const auto& d : a.versions) {
    const auto found = shown.definition("acme", "a", d.version);
    REQUIRE((found && *found));
    CHECK((*found)->document == d.document);
    CHECK((*found)->shown == *workflow::book::render_definition("a", d, false));
  }
  CHECK((*shown.definition("acme", "a", {}))->version == 6);
  CHECK_FALSE(*shown.definition("acme", "a", 2));
  CHECK_FALSE(*shown.definition("acme", "x", {}));
  CHECK_FALSE(shown.definitions("acme", {{}, 1, "v100000001"}));
  CHECK_FALSE(shown.definitions("acme", {"a", 1, "d1a"}));
}

TEST_CASE("a list's cursor of workflows is only taken as it was given") {
  workflow_world world;
  for (const char* id : {"a", "b"}) world.begin("acme", id, waiting);
  running_views views(world.files);
  const auto cursor = views.reader->workflows().list("acme", {{}, 1, {}})->next_cursor;
  REQUIRE(cursor);
  for (std::string bad : {std::string{}, std::string("w1"), *cursor + "0", cursor->substr(1), "l1" + cursor->substr(2),
                          "w1" + std::string(32, 'f'), "w1" + std::string(32, 'g'), "w1-" + std::string(31, '0')}) {
    INFO(bad);
    const auto page = views.reader->workflows().list("acme", {{}, 1, bad});
    REQUIRE_FALSE(page);
    CHECK(page.error().code == errc::invalid);
    CHECK(page.error().field == "cursor");
  }
}

TEST_CASE("entries of workflows and definitions that make no sense are set aside") {
  workflow_world world;
  world.begin("acme", "w", waiting);
  world.define("acme", "d", waiting);
  const entity_key w{"acme", entity_kind::workflow, "w"}, d{"acme", entity_kind::definition, "d"};
  const std::uint64_t next = world.instances.at({"acme", "w"}).recorded.size() + 1;
  world.record(w, {"completed", R"({"run":99,"result":{}})", next, instant{world.now_us}, {}});
  world.record({"acme", entity_kind::workflow, "x"}, {"resumed", "{}", 1, instant{world.now_us}, {}});
  world.record(d, {"defined", R"({"version":1,"document":{}})", 2, instant{world.now_us}, {}});
  running_views views(world.files);
  CHECK(views.applier.progress().faults == 3);
  CHECK(workflow_ids(views.reader->workflows().list("acme", {{}, 50, {}})) == names{"w"});
  CHECK((*views.reader->workflows().definition("acme", "d", {}))->document.size() > 2);
}

TEST_CASE("a workflow whose last decision was cut wants to be woken at once") {
  workflow_summary s;
  s.status = workflow::instance_status::running;
  s.version = 1;
  for (std::uint64_t i = 0; i < limits::decision_events; ++i) {
    CHECK_FALSE(wake_at(s));
    REQUIRE(apply_entry(s, {"noted", "{}", s.version + 1, instant{77}, {}}));
  }
  CHECK(wake_at(s)->us == 77);
  REQUIRE(apply_entry(s, {"noted", "{}", s.version + 1, instant{78}, {}}));
  CHECK_FALSE(wake_at(s));
}

} // namespace ropewalk::storage
