// Phases of kind `local`: functions on real threads.

#include <catch2/catch.hpp>

#include <atomic>
#include <condition_variable>

#include "actors/local_work.hpp"
#include "tests/actors/gate.hpp"
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
    work.emplace(told, around, functions, threads, true);
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
    actors::local_work work(told, around, functions, threads, true);
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

TEST_CASE("a burst of work finds every thread, though each is woken by another one") {
  gate all;
  local_pool pool({{"hold",
                    [&](const local_call&) -> workflow::outcome {
                      all.pass();
                      return json_value::object();
                    }}},
                  8);
  for (std::uint64_t run = 1; run <= 8; ++run) pool.work->send(some_instance, pool.dispatch("hold", run));
  all.wait_for(8); // at a time: none passes before the gate opens
  all.open();
  for (std::uint64_t run = 1; run <= 8; ++run) pool.told.completed(run);
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
