// What cannot be loaded: an older checkpoint stands in for one that is not understood, and operators see the rest.

#include <nlohmann/json.hpp>

#include "actors/pending_write.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "tests/actors/entity_world.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

const entity_key patient{"acme", entity_kind::workflow, "patient"};

void start_patient(entity_world& w) {
  const json document{{"name", "patient"}, {"phases", {{{"name", "wait"}, {"run", "wait"}, {"signal", "go"}}}}};
  REQUIRE_FALSE(
      w.ask({"acme", entity_kind::definition, "patient"}, workflow::define{document.dump(), "patient", {}}).refusal);
  workflow::start s;
  s.definition = "patient";
  REQUIRE_FALSE(w.ask(patient, workflow::command{workflow::write{std::move(s)}}).refusal);
}

json shown(entity_world& w) {
  const answer a = w.ask(patient, workflow::read{workflow::get{}});
  INFO((a.refusal ? a.refusal->detail : ""));
  REQUIRE_FALSE(a.refusal);
  return json::parse(a.body).at("workflow");
}

void leave_memory(entity_world& w) {
  w.env.held_bytes += 100 * limits::held_bytes;
  REQUIRE(eventually([&] { return w.active == 0; }));
  w.env.held_bytes -= 100 * limits::held_bytes;
}

// An event with a checkpoint whose seal is genuine, over what no program writes.
void write_with_odd_checkpoint(entity_world& w, std::uint64_t version) {
  const workflow::event told = workflow::paused{"by hand"};
  const partition_id p = partition_of(patient, w.partitions.partitions());
  storage::submission s{patient, p, w.writer.generation(), {}, {}, nullptr};
  const instant now = w.clock.look().now;
  s.events.push_back({std::string(workflow::type_of(told)), workflow::body_of(told), version, now, {}});
  auto sealed = storage::pending_seal::begin(
      *w.keys.current(), {w.env.cluster, patient, version, "odd", "", "wait", "phase", now}, "no state");
  REQUIRE(sealed);
  s.checkpoints = std::make_unique<storage::checkpoint_change>();
  s.checkpoints->put = *std::move(sealed);
  auto write = std::make_unique<actors::pending_write>(w.env, patient, std::make_shared<actors::durability_gate>());
  std::atomic<std::uint64_t> position = 0;
  write->and_then = [&](const receipt& r) { position = r.position; };
  s.listener = std::move(write);
  w.writer.submit(std::move(s));
  REQUIRE(eventually([&] { return position != 0 && w.views.applied_position() >= position; }));
}

json down(entity_world& w) {
  json_writer out;
  w.down.render(out);
  return json::parse(std::move(out).take());
}

} // namespace

TEST_CASE("a checkpoint that verifies and is not understood is passed over, and reported") {
  entity_world w;
  start_patient(w);
  const std::uint64_t before = shown(w).at("version");
  leave_memory(w);
  write_with_odd_checkpoint(w, before + 1);
  const json after = shown(w);
  CHECK(after.at("version") == before + 1);
  CHECK(after.at("status") == "paused");
  const json refused = json::parse(w.refusals.render());
  REQUIRE(refused.at("checkpoints").size() == 1);
  CHECK(refused.at("checkpoints")[0].at("checkpoint") == "odd");
  CHECK(refused.at("checkpoints")[0].at("reason") == "checkpoint_not_understood");
  CHECK(down(w).at("count") == 0);

  // Where a state is looked up an older one stands in as well.
  workflow::state_at newest;
  const answer looked = w.ask(patient, workflow::instance_query{newest});
  REQUIRE_FALSE(looked.refusal);
  CHECK(json::parse(looked.body).at("status") == "paused");
  CHECK(json::parse(w.refusals.render()).at("count") == 1); // again, and known already
}

TEST_CASE("an entity that cannot be loaded is shown as long as it cannot") {
  entity_world w;
  start_patient(w);
  leave_memory(w);
  w.loads.code = errc::corrupt;
  w.loads.fails = 1;
  CHECK(w.ask(patient, workflow::read{workflow::get{}}).refusal->type == "no_load");
  const json shown_down = down(w);
  REQUIRE(shown_down.at("count") == 1);
  CHECK(shown_down.at("entities")[0].at("id") == "patient");
  CHECK(shown_down.at("entities")[0].at("how") == "unreadable");
  REQUIRE(eventually([&] { return !w.ask(patient, workflow::read{workflow::get{}}).refusal; }));
  CHECK(down(w).at("count") == 0);
}
