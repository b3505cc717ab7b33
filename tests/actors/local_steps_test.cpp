// Recorded steps of phases of kind `local`, with a real instance, journal and all.

#include <catch2/catch.hpp>

#include <atomic>

#include "actors/local_work.hpp"
#include "tests/actors/entity_world.hpp"
#include "tests/actors/gate.hpp"
#include "tests/actors/routed_requests.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using actors::local_call;
using workflow::json_value;

namespace {

// One instance of a definition of one local phase, in a world with a journal.
class stepping_world : public entity_world {
public:
  explicit stepping_world(actors::local_functions known) : functions(std::move(known)) {
    const json_value document{
        {"name", "steps"},
        {"phases", {{{"name", "work"}, {"run", "local"}, {"function", "work"}, {"retry", {{"first", "10ms"}}}}}}};
    const auto made = ask({"acme", entity_kind::definition, "steps"}, workflow::define{document.dump(), "steps", {}});
    REQUIRE_FALSE(made.refusal);
    pool.emplace(partitions, around, functions, 4, true);
    REQUIRE(pool->open());
  }
  ~stepping_world() { pool->close(); }

  void start(const std::string& id) {
    workflow::start s;
    s.definition = "steps";
    const auto made = ask(instance(id), workflow::command{workflow::write{s}});
    INFO((made.refusal ? made.refusal->detail : std::string()));
    REQUIRE_FALSE(made.refusal);
  }
  static entity_key instance(const std::string& id) { return {"acme", entity_kind::workflow, id}; }

  // Gives the n-th dispatch of all to the pool.
  void hand_out(std::size_t n) {
    const auto sent = work.wait(n);
    pool->send(sent[n - 1].first, sent[n - 1].second);
  }
  json_value state_when(const std::string& id, const std::string& status) {
    json_value got;
    REQUIRE(eventually([&] {
      got = json_value::parse(ask(instance(id), workflow::read{workflow::get{}}).body);
      return got["workflow"]["status"] == status;
    }));
    return got["state"];
  }

  actors::local_functions functions;
  std::optional<actors::local_work> pool;
};

} // namespace

TEST_CASE("a recorded step is not done again by the next attempt") {
  std::atomic<int> outlines = 0, drafts = 0;
  stepping_world world({{"work", [&](const local_call& call) -> workflow::outcome {
                           const json_value outline = call.step("outline", [&] {
                             ++outlines;
                             return json_value{{"chapters", 4}};
                           });
                           const json_value draft = call.step("draft", [&]() -> json_value {
                             if (++drafts == 1) throw std::runtime_error("the pen broke");
                             return "four chapters";
                           });
                           return json_value{{"outline", outline}, {"draft", draft}};
                         }}});
  world.start("w1");
  world.hand_out(1);
  world.hand_out(2); // the second attempt
  CHECK(world.state_when("w1", "completed") ==
        json_value({{"draft", "four chapters"}, {"outline", {{"chapters", 4}}}}));
  CHECK(outlines == 1);
  CHECK(drafts == 2);
  world.pool->close();
}

TEST_CASE("a new step is one entry of the journal") {
  stepping_world world({{"work", [](const local_call& call) -> workflow::outcome {
                           for (const char* name : {"one", "two", "three"}) call.step(name, [] { return 1; });
                           return json_value::object();
                         }}});
  world.start("w1");
  world.hand_out(1);
  world.state_when("w1", "completed");
  const auto got = world.ask(stepping_world::instance("w1"), workflow::read{workflow::get{}});
  // started, scheduled, three steps, completed, ended
  CHECK(json_value::parse(got.body)["workflow"]["version"] == 7);
  world.pool->close();
}

TEST_CASE("a step that an attempt names twice is done once") {
  std::atomic<int> done = 0;
  stepping_world world({{"work", [&](const local_call& call) -> workflow::outcome {
                           const auto once = [&] { return call.step("one", [&] { return json_value(++done); }); };
                           const json_value first = once();
                           return json_value{{"results", {first, once()}}};
                         }}});
  world.start("w1");
  world.hand_out(1);
  CHECK(world.state_when("w1", "completed") == json_value({{"results", {1, 1}}}));
  CHECK(done == 1);
  world.pool->close();
}

TEST_CASE("a run that is sent again after a restart does not repeat a step that its first attempt recorded") {
  std::atomic<int> done = 0;
  gate held;
  stepping_world world({{"work", [&](const local_call& call) -> workflow::outcome {
                           const json_value got = call.step("one", [&] { return json_value(++done); });
                           if (held.came() == 0) {
                             held.pass();
                             return workflow::failure{{"dead", "the process is gone"}};
                           }
                           return json_value{{"got", got}};
                         }}});
  world.start("w1");
  CHECK(world.work.wait(1)[0].second.first);
  // Its process, whose answer is lost, and the next one's.
  actors::local_work lost(world.partitions, world.around, world.functions, 1, true);
  REQUIRE(lost.open());
  lost.send(world.work.wait(1)[0].first, world.work.wait(1)[0].second);
  held.wait_for(1);
  lost.call_off(stepping_world::instance("w1"), world.work.wait(1)[0].second.run);
  held.open();
  lost.close();
  world.ask(stepping_world::instance("w1"), workflow::command{workflow::recover{}});
  const auto sent = world.work.wait(2);
  CHECK_FALSE(sent[1].second.first);
  world.hand_out(2);
  CHECK(world.state_when("w1", "completed") == json_value({{"got", 1}}));
  CHECK(done == 1);
  world.pool->close();
}

TEST_CASE("a step's first result stands, also for the attempt that comes second with another one") {
  gate first, second;
  std::vector<json_value> seen(2);
  stepping_world world({{"work", [&](const local_call& call) -> workflow::outcome {
                           const std::size_t who = first.came() == 0 ? 0 : 1;
                           seen[who] = call.step("lottery", [&] {
                             (who == 0 ? first : second).pass();
                             return json_value(who);
                           });
                           return json_value{{"drawn", seen[who]}};
                         }}});
  world.start("w1");
  world.hand_out(1);
  first.wait_for(1);
  // The same run on another node, as it were: this one lost its connection to nobody's knowledge.
  actors::local_work other(world.partitions, world.around, world.functions, 1, false);
  REQUIRE(other.open());
  const auto sent = world.work.wait(1);
  other.send(sent[0].first, sent[0].second);
  second.wait_for(1);
  second.open();
  CHECK(world.state_when("w1", "completed") == json_value({{"drawn", 1}}));
  first.open();
  world.pool->close();
  other.close();
  CHECK(seen[1] == 1);
}

TEST_CASE("a step of a run that is over stops its function, and a bad one says what is wrong") {
  gate held, ended;
  ended.open();
  std::string code;
  stepping_world world({{"work", [&](const local_call& call) -> workflow::outcome {
                           std::vector<std::string> codes;
                           const auto code_of = [&](const std::string& name, json_value made) {
                             try {
                               call.step(name, [&] { return made; });
                             } catch (const actors::local_failure& e) {
                               codes.push_back(e.code());
                             }
                           };
                           code_of("", 1);
                           code_of(std::string(129, 'x'), 1);
                           code_of("a\nb", 1);
                           code_of("large", std::string(300 << 10, 'x'));
                           code_of("not text", "\xff");
                           held.pass();
                           try {
                             call.step("late", [] { return json_value(1); });
                           } catch (const actors::local_failure& e) {
                             code = e.code();
                           }
                           CHECK(call.cancelled());
                           CHECK(codes == std::vector<std::string>{"bad_step", "bad_step", "bad_step",
                                                                   "step_result_too_large", "bad_result"});
                           ended.pass();
                           return json_value(1);
                         }}});
  world.start("w1");
  world.hand_out(1);
  held.wait_for(1);
  const auto cancelled =
      world.ask(stepping_world::instance("w1"), workflow::command{workflow::write{workflow::terminate{}}});
  REQUIRE_FALSE(cancelled.refusal);
  held.open();
  ended.wait_for(1);
  CHECK(code == "run_over");
}

TEST_CASE("a recorded step comes back as deep and as wide as it may be recorded") {
  std::atomic<int> attempts = 0, made = 0;
  json_value deep = 1;
  for (std::uint32_t level = 0; level < limits::json_depth; ++level) deep = json_value::array({deep});
  const json_value wide(std::vector<int>(120'000, 1));
  stepping_world world({{"work", [&](const local_call& call) -> workflow::outcome {
                           const auto once = [&](const json_value& what) {
                             return [&made, &what] {
                               ++made;
                               return what;
                             };
                           };
                           const bool same =
                               call.step("deep", once(deep)) == deep && call.step("wide", once(wide)) == wide;
                           if (++attempts == 1) throw std::runtime_error("not yet");
                           return json_value{{"same", same}};
                         }}});
  world.start("w1");
  world.hand_out(1);
  world.hand_out(2);
  CHECK(world.state_when("w1", "completed") == json_value({{"same", true}}));
  CHECK(made == 2);
}
