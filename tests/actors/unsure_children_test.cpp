// A child that began before its parent came to the phase that starts it: the parent's owner was lost with the end of what it had
// recorded.

#include <nlohmann/json.hpp>

#include "tests/actors/entity_world.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

entity_key instance_key(const std::string& id) { return {"acme", entity_kind::workflow, id}; }

void define(entity_world& w, const json& document) {
  const std::string name = document["name"];
  const auto made = w.ask({"acme", entity_kind::definition, name}, workflow::define{document.dump(), name, {}});
  INFO(made.body << (made.refusal ? made.refusal->detail : ""));
  REQUIRE_FALSE(made.refusal);
}

// As its parent starts it: nobody is answered.
void start_child(entity_world& w, const std::string& id, const std::string& definition, workflow::parent_run parent) {
  workflow::start s;
  s.definition = definition;
  s.parent = std::move(parent);
  auto r = std::make_shared<actors::request>();
  r->entity = instance_key(id);
  r->what = workflow::command{workflow::write{std::move(s)}};
  w.partitions.route(std::move(r));
}

void start(entity_world& w, const std::string& id, const std::string& definition) {
  workflow::start s;
  s.definition = definition;
  const answer made = w.ask(instance_key(id), workflow::command{workflow::write{std::move(s)}});
  INFO(id << ": " << (made.refusal ? made.refusal->type + " " + made.refusal->detail : ""));
  REQUIRE_FALSE(made.refusal);
}

std::string status(entity_world& w, const std::string& id) {
  return json::parse(w.ask(instance_key(id), workflow::read{workflow::get{}}).body).at("workflow").at("status");
}

// A parent before its child's phase, and the child that began all the same.
void begin_early(entity_world& w) {
  define(w, {{"name", "kid"}, {"phases", {{{"name", "works"}, {"run", "agent"}, {"subject", "x"}}}}});
  define(w, {{"name", "parent"},
             {"phases",
              {{{"name", "before"}, {"run", "agent"}, {"subject", "x"}},
               {{"name", "child"}, {"run", "workflow"}, {"definition", "kid"}}}}});
  start(w, "w1", "parent");
  start_child(w, "w1.child.2", "kid", {"w1", 2});
  w.work.wait(2);
  CHECK(status(w, "w1.child.2") == "running");
}

} // namespace

TEST_CASE("a child that its parent comes to later goes on, and its result is the parent's") {
  entity_world w;
  begin_early(w);
  const auto finish = [&](const std::string& id, std::uint64_t run) {
    REQUIRE_FALSE(w.ask(instance_key(id),
                        workflow::command{workflow::write{workflow::complete{run, {}, json{{"by", id}}, "worker"}}})
                      .refusal);
  };
  finish("w1", 1);
  finish("w1.child.2", 1);
  CHECK(eventually([&] { return status(w, "w1") == "completed"; }));
  CHECK(status(w, "w1.child.2") == "completed");
}

TEST_CASE("a child that its parent never comes to is stopped when that is clear, and nothing before") {
  entity_world w;
  begin_early(w);
  const auto did = [&](workflow::write what) {
    REQUIRE_FALSE(w.ask(instance_key("w1"), workflow::command{std::move(what)}).refusal);
  };
  did(workflow::pause{"for a while"});
  did(workflow::resume{});
  CHECK(status(w, "w1.child.2") == "running");
  did(workflow::cancel{"enough"});
  CHECK(eventually([&] { return status(w, "w1.child.2") == "cancelled"; }));
  CHECK(status(w, "w1") == "cancelled");
}
