#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "actors/checkpoint_refusals.hpp"

using namespace ropewalk;
using namespace ropewalk::actors;
using nlohmann::json;

namespace {

const error forged{errc::corrupt, "seal_forged", "the checkpoint's signature does not verify", {}};
entity_key workflow_of(int i) { return {"acme", entity_kind::workflow, "w" + std::to_string(i)}; }

} // namespace

TEST_CASE("a refused checkpoint is kept with when and how often, however often it is met") {
  checkpoint_refusals refusals;
  CHECK(refusals.render() == R"({"count":0,"checkpoints":[]})");
  refusals.add(workflow_of(1), {"c1", 7, forged}, instant{1'700'000'000'000'000});
  refusals.add(workflow_of(2), {"c2", 3, forged}, instant{1'700'000'001'000'000});
  refusals.add(workflow_of(1), {"c1", 7, forged}, instant{1'700'000'002'000'000});
  CHECK(refusals.count() == 3);
  const json shown = json::parse(refusals.render());
  CHECK(shown["count"] == 3);
  REQUIRE(shown["checkpoints"].size() == 2);
  CHECK(shown["checkpoints"][0] == json{{"org", "acme"},
                                        {"workflow", "w1"},
                                        {"checkpoint", "c1"},
                                        {"version", 7},
                                        {"reason", "seal_forged"},
                                        {"detail", "the checkpoint's signature does not verify"},
                                        {"first_at", "2023-11-14T22:13:20.000000Z"},
                                        {"last_at", "2023-11-14T22:13:22.000000Z"},
                                        {"times", 2}});
  CHECK(shown["checkpoints"][1]["checkpoint"] == "c2");
}

TEST_CASE("the last hundred refused checkpoints are kept, all are counted") {
  checkpoint_refusals refusals;
  for (int i = 0; i < 250; ++i) refusals.add(workflow_of(i), {"c" + std::to_string(i), 1, forged}, instant{i});
  const json shown = json::parse(refusals.render());
  CHECK(shown["count"] == 250);
  REQUIRE(shown["checkpoints"].size() == 100);
  CHECK(shown["checkpoints"].front()["checkpoint"] == "c249");
  CHECK(shown["checkpoints"].back()["checkpoint"] == "c150");
}

TEST_CASE("the event of a refused checkpoint is JSON, whatever the instance is called") {
  const entity_key odd{"acme", entity_kind::workflow, R"(q","type":"ended","x":")"};
  CHECK(json::parse(checkpoint_refusals::event_of(odd, {"c1", 7, forged})) == json{{"type", "checkpoint_refused"},
                                                                                   {"workflow", odd.id},
                                                                                   {"checkpoint", "c1"},
                                                                                   {"at_version", 7},
                                                                                   {"reason", "seal_forged"}});
}
