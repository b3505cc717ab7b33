// Phases of kind `local`: functions on real threads, and their steps with a real instance, journal and all.

#include <catch2/catch.hpp>

#include <atomic>
#include <condition_variable>

#include "actors/local_work.hpp"
#include "tests/actors/entity_world.hpp"
#include "tests/actors/routed_requests.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using actors::local_call;
using workflow::json_value;
using workflow::phase_kind;

namespace {

class local_pool {
public:
  explicit local_pool(actors::local_functions known, std::size_t threads = 4) : functions(std::move(known)) {
    work.emplace(told, around, functions, threads);
    REQUIRE(work->open());
  }
  workflow::dispatch dispatch(const std::string& function, std::uint64_t run, json_value input = json_value::object()) {
    return dispatch_of(phase_kind::local, function, run, std::move(input));
  }
  workflow::complete run(const std::string& function, json_value input = json_value::object()) {
    work->send(some_instance, dispatch(function, ++runs_, std::move(input)));
    return told.completed(runs_);
  }

  routed_requests told;
  actors::system_surroundings around;
  actors::local_functions functions;
  std::optional<actors::local_work> work;

private:
  std::uint64_t runs_ = 1000;
};

// Holds functions up until it is opened.
class gate {
public:
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++came_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for(int callers) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 30s, [&] { return came_ >= callers; }));
  }
  int came() {
    const std::scoped_lock lock(mutex_);
    return came_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int came_ = 0;
};

workflow::outcome until_stopped(const local_call& call) {
  while (!call.cancelled()) std::this_thread::sleep_for(1ms);
  return json_value("stopped");
}

} // namespace

TEST_CASE("a function gets what its run is about, and its value is the result") {
  local_pool pool({{"tell", [](const local_call& call) -> workflow::outcome {
                      return json_value{{"org", call.org},     {"workflow", call.workflow}, {"phase", call.phase},
                                        {"run", call.run},     {"attempt", call.attempt},   {"function", call.function},
                                        {"input", call.input}, {"undo", call.compensation}};
                    }}});
  auto d = pool.dispatch("tell", 7, {{"size", 3}});
  d.attempt = 2;
  d.compensation = true;
  pool.work->send(some_instance, d);
  const auto done = pool.told.completed(7);
  CHECK(result_of(done) == json_value({{"org", "acme"},
                                       {"workflow", "order-7"},
                                       {"phase", "build"},
                                       {"run", 7},
                                       {"attempt", 2},
                                       {"function", "tell"},
                                       {"input", {{"size", 3}}},
                                       {"undo", true}}));
  CHECK(done.attempt == 2);
  CHECK(done.from == "local tell");
}

TEST_CASE("what a function returns or throws as a failure is the attempt's error") {
  local_pool pool(
      {{"returns",
        [](const local_call&) -> workflow::outcome {
          return workflow::failure{{"no_paper", "the tray is empty"}, true};
        }},
       {"throws",
        [](const local_call&) -> workflow::outcome { throw std::runtime_error("first\n\x1b[31msecond\xff"); }},
       {"fails", [](const local_call&) -> workflow::outcome { throw actors::local_failure("no_ink", "dry", true); }},
       {"odd", [](const local_call&) -> workflow::outcome { throw 5; }},
       {"nameless",
        [](const local_call&) -> workflow::outcome {
          return workflow::failure{{"", ""}, false};
        }},
       {"large", [](const local_call&) -> workflow::outcome { return json_value(std::string(2 << 20, 'x')); }},
       {"bad",
        [](const local_call&) -> workflow::outcome {
          return json_value{{"text", "\xff\xfe"}};
        }},
       {"long", [](const local_call&) -> workflow::outcome { throw std::runtime_error(std::string(100'000, 'x')); }},
       {"fine", [](const local_call&) -> workflow::outcome { return json_value(nullptr); }}});
  const auto code = [&](const char* name) { return failure_of(pool.run(name)).what.code; };
  const auto returned = pool.run("returns");
  CHECK(failure_of(returned).what.code == "no_paper");
  CHECK(failure_of(returned).what.message == "the tray is empty");
  CHECK(failure_of(returned).final);
  const auto thrown = pool.run("throws");
  CHECK(failure_of(thrown).what.code == "exception");
  CHECK(failure_of(thrown).what.message == "first\n\xEF\xBF\xBD[31msecond\xEF\xBF\xBD");
  CHECK_FALSE(failure_of(thrown).final);
  const auto failed = pool.run("fails");
  CHECK(failure_of(failed).what.code == "no_ink");
  CHECK(failure_of(failed).final);
  CHECK(code("odd") == "exception");
  CHECK(code("nameless") == "error");
  CHECK(code("large") == "result_too_large");
  CHECK(code("bad") == "bad_result");
  CHECK(failure_of(pool.run("long")).what.message.size() == limits::error_message_bytes);
  CHECK(result_of(pool.run("fine")) == nullptr);
}

TEST_CASE("a function that the program does not have is a final error") {
  local_pool pool({{"known", until_stopped}});
  const auto done = pool.run("unknown");
  CHECK(failure_of(done).what.code == "unknown_function");
  CHECK(failure_of(done).final);
  local_pool none(actors::local_functions{});
  CHECK(failure_of(none.run("known")).what.code == "unknown_function");
}

TEST_CASE("functions that cannot be served are refused at the start") {
  const auto refusal = [](actors::local_functions functions, std::size_t threads) {
    routed_requests told;
    actors::system_surroundings around;
    actors::local_work work(told, around, functions, threads);
    const auto opened = work.open();
    return opened ? std::string() : opened.error().field;
  };
  CHECK(refusal({{"fine", until_stopped}}, 1) == "");
  CHECK(refusal({{"not a name", until_stopped}}, 1) == "functions");
  CHECK(refusal({{"empty", nullptr}}, 1) == "functions");
  CHECK(refusal({{"fine", until_stopped}}, 0) == "local_threads");
  CHECK(refusal({}, 0) == "");
}

TEST_CASE("what is called off is asked to stop, and nothing is said of it") {
  gate begun, returned;
  begun.open();
  returned.open();
  local_pool pool({{"long", [&](const local_call& call) -> workflow::outcome {
                      begun.pass();
                      auto said = until_stopped(call);
                      returned.pass();
                      return said;
                    }}});
  pool.work->send(some_instance, pool.dispatch("long", 1));
  begun.wait_for(1);
  pool.work->call_off(some_instance, 1);
  returned.wait_for(1);
  pool.work->send(some_instance, pool.dispatch("long", 2));
  begun.wait_for(2);
  pool.work->close();
  CHECK(pool.told.count<workflow::complete>() == 0);
}

TEST_CASE("a function can wait for its cancellation") {
  gate begun;
  begun.open();
  local_pool pool({{"waits", [&](const local_call& call) -> workflow::outcome {
                      std::mutex alone;
                      std::condition_variable_any never;
                      std::unique_lock lock(alone);
                      begun.pass();
                      never.wait(lock, call.stopping(), [] { return false; });
                      return json_value();
                    }}});
  pool.work->send(some_instance, pool.dispatch("waits", 1));
  begun.wait_for(1);
  pool.work->close();
  CHECK(pool.told.count<workflow::complete>() == 0);
}

TEST_CASE("an attempt under way is not begun twice; the next attempt stops the one before") {
  gate begun;
  begun.open();
  std::atomic<int> stopped = 0;
  local_pool pool({{"long", [&](const local_call& call) -> workflow::outcome {
                      begun.pass();
                      if (call.attempt == 2) return json_value("second");
                      auto said = until_stopped(call);
                      ++stopped;
                      return said;
                    }}});
  auto d = pool.dispatch("long", 1);
  pool.work->send(some_instance, d);
  pool.work->send(some_instance, d);
  begun.wait_for(1);
  d.attempt = 2;
  pool.work->send(some_instance, d);
  const auto done = pool.told.completed(1);
  CHECK(done.attempt == 2);
  CHECK(result_of(done) == "second");
  CHECK(eventually([&] { return stopped == 1; }));
  pool.work->close();
  CHECK(begun.came() == 2);
  CHECK(pool.told.count<workflow::complete>() == 0);
}

TEST_CASE("as many run as there are threads; who waits for long goes back to its instance") {
  gate held;
  local_pool pool({{"held",
                    [&](const local_call&) -> workflow::outcome {
                      held.pass();
                      return json_value(1);
                    }}},
                  2);
  for (const std::uint64_t run : {1, 2, 3}) pool.work->send(some_instance, pool.dispatch("held", run));
  auto hasty = pool.dispatch("held", 4);
  hasty.due.attempt = instant{pool.around.look().now.us + 300'000};
  pool.work->send(some_instance, hasty);
  held.wait_for(2);
  CHECK(eventually([&] {
    pool.work->look_for_late();
    return pool.told.count<workflow::dispatch_refused>() == 1;
  }));
  CHECK(pool.told.wait<workflow::dispatch_refused>([](const auto&) { return true; }).run == 4);
  CHECK(held.came() == 2);
  held.open();
  for (const std::uint64_t run : {1, 2, 3}) CHECK(result_of(pool.told.completed(run)) == 1);
  CHECK(held.came() == 3);
  pool.work->send(some_instance, hasty);
  CHECK(result_of(pool.told.completed(4)) == 1);
}

TEST_CASE("progress is passed on, not more than ten times a second") {
  local_pool pool({{"works", [](const local_call& call) -> workflow::outcome {
                      call.progress({{"page", 1}});
                      for (int i = 0; i < 1000; ++i) call.heartbeat();
                      std::this_thread::sleep_for(120ms);
                      call.progress(std::string(1 << 20, 'x')); // too large to be shown
                      return json_value(1);
                    }}});
  CHECK(result_of(pool.run("works")) == 1);
  const auto first = pool.told.wait<workflow::heartbeat>([](const auto&) { return true; });
  CHECK(first.progress == json_value({{"page", 1}}));
  const auto second = pool.told.wait<workflow::heartbeat>([](const auto&) { return true; });
  CHECK_FALSE(second.progress);
  CHECK(pool.told.count<workflow::heartbeat>() == 0);
}

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
    pool.emplace(partitions, around, functions, 4);
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
  actors::local_work other(world.partitions, world.around, world.functions, 1);
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
