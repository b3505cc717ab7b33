// Checkpoints that entries speak of: the same ones wherever they are read.
#include <catch2/catch.hpp>

#include "actors/told_checkpoints.hpp"

using namespace ropewalk;
using namespace ropewalk::actors;

namespace {

const entity_key told_of{"acme", entity_kind::workflow, "w1"};

entry told_entry(std::uint64_t version, std::int64_t time_us, const workflow::event& what) {
  entry e;
  e.entity = told_of;
  e.event.version = version;
  e.event.time = instant{time_us};
  e.event.type = workflow::type_of(what);
  e.event.body = workflow::body_of(what);
  return e;
}

workflow::event phase_begins(std::uint64_t run, const std::string& phase) {
  workflow::scheduled s;
  s.run = run;
  s.phase = phase;
  s.attempt = 1;
  return s;
}

} // namespace

TEST_CASE("one checkpoint a decision, behind its last event, and each is the parent of the next") {
  told_checkpoints told("c1", told_of, 50);
  told.add(told_entry(1, 10, phase_begins(1, "both")));
  told.add(told_entry(2, 10, phase_begins(2, "left")));
  told.add(told_entry(3, 10, workflow::completed{1, {}, "agent"}));
  told.add(told_entry(4, 20, workflow::completed{1, {}, "agent"}));
  told.add(told_entry(5, 30, workflow::checkpointed{"before the release"}));
  told.add(told_entry(6, 40, workflow::checkpointed{}));
  const auto all = told.take();
  REQUIRE(all.size() == 3);
  CHECK(all[0].version == 3);
  CHECK(all[0].phase == "both");
  CHECK(all[0].reason == "phase");
  CHECK(all[0].parent.empty());
  CHECK(all[1].version == 5);
  CHECK(all[1].reason == "before the release");
  CHECK(all[1].parent == all[0].id);
  CHECK(all[2].reason == "demand");
  for (const auto& c : all) CHECK(c.id == checkpoint_id(c));
}

TEST_CASE("an id depends on everything that it is drawn from, and on nothing else") {
  const storage::seal_context c{"c1", told_of, 3, "", "", "pay", "phase", instant{1'800'000'000'000'000}};
  const std::string id = checkpoint_id(c);
  auto same = c;
  same.id = "x";
  same.parent = "y";
  CHECK(checkpoint_id(same) == id);
  for (int part = 0; part < 7; ++part) {
    auto other = c;
    if (part == 0) other.cluster = "c2";
    if (part == 1) other.entity.org = "acm";
    if (part == 2) other.entity.id = "w2";
    if (part == 3) other.version = 4;
    if (part == 4) other.phase = "ship";
    if (part == 5) other.reason = "demand";
    if (part == 6) other.time.us += 1;
    CHECK(checkpoint_id(other) != id);
  }
}

TEST_CASE("only the newest are told") {
  told_checkpoints told("c1", told_of, 2);
  for (std::uint64_t v = 1; v <= 5; ++v) told.add(told_entry(v, static_cast<std::int64_t>(v), phase_begins(v, "p")));
  const auto all = told.take();
  REQUIRE(all.size() == 2);
  CHECK(all[0].version == 4);
  CHECK(all[1].version == 5);
}
