// Workers that misbehave: they answer twice, late, with rubbish, with too much, or never rightly. Against a real node.

#include <catch2/catch.hpp>

#include <functional>
#include <mutex>

#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;
namespace transport = ropewalk::transport;

namespace {

// One agent at agents.odd, whose every answer is up to the test: it gets the work, and says what it likes to a subject.
class odd_system {
public:
  using answers = std::function<void(const json& work, const std::string& reply_to)>;

  explicit odd_system(const std::string& nats_settings = {}) : system({}, {}, nats_settings) {
    auto begun = system.client().subscribe("agents.odd", "", [this](transport::nats_message m) {
      const std::scoped_lock lock(mutex_);
      asked_.emplace_back(json::parse(m.body()), m.reply_to());
      if (answers_) answers_(asked_.back().first, asked_.back().second);
    });
    REQUIRE(begun);
    subscription_ = *std::move(begun);
    REQUIRE(system.client().flush(std::chrono::seconds(5)));
  }
  // Of everything that is asked from now on; null: silence.
  void answer_with(answers a) {
    const std::scoped_lock lock(mutex_);
    answers_ = std::move(a);
  }
  // The nth work with its reply subject, from 0; waits for it.
  std::pair<json, std::string> work(std::size_t n) {
    REQUIRE(eventually([&] {
      const std::scoped_lock lock(mutex_);
      return asked_.size() > n;
    }));
    const std::scoped_lock lock(mutex_);
    return asked_[n];
  }
  void say(const std::string& reply_to, const json& what) { say_bytes(reply_to, what.dump()); }
  void say_bytes(const std::string& reply_to, const std::string& bytes) {
    (void)system.client().publish(reply_to, bytes); // also on the connection's thread, where nothing may be checked
  }
  std::size_t times_asked() {
    const std::scoped_lock lock(mutex_);
    return asked_.size();
  }

  answer ask(const std::string& id, const std::string& verb, const json& body = json::object()) {
    return system.ask("rw.v1.acme.workflow." + id + '.' + verb, body, {}, std::chrono::seconds(40));
  }
  // A workflow of one phase, with more fields for it.
  void start(const std::string& id, const json& fields = json::object()) {
    json phase{{"name", "odd"}, {"run", "agent"}, {"subject", "agents.odd"}, {"result", "/odd"}};
    phase.update(fields);
    const auto defined =
        system.ask("rw.v1.acme.workflows.define", {{"definition", {{"name", id}, {"phases", {phase}}}}});
    INFO(defined.body.dump(2));
    REQUIRE(defined.code == 200);
    REQUIRE(ask(id, "start", {{"definition", id}}).code == 200);
  }
  json ended(const std::string& id) {
    const auto end = ask(id, "result", {{"wait_seconds", 30}});
    INFO(end.body.dump(2));
    REQUIRE(end.code == 200);
    return end.body;
  }
  json instance(const std::string& id) { return ask(id, "get").body["workflow"]; }
  // Errors of the attempts so far, and of the run.
  std::vector<std::string> errors(const std::string& id) {
    std::vector<std::string> codes;
    const answer told = ask(id, "history");
    for (const auto& e : told.body["events"])
      if (e["type"] == "attempt_failed" || e["type"] == "failed") codes.push_back(e["code"]);
    return codes;
  }

  test_system system;

private:
  std::mutex mutex_;
  answers answers_;
  std::vector<std::pair<json, std::string>> asked_;
  std::unique_ptr<transport::nats_subscription> subscription_;
};

// {"result":"xxx…",<fields of an object>}, written by hand: a JSON library without optimisation takes seconds for it.
std::string ten_megabytes(const json& fields = json::object()) {
  const std::string more = fields.dump();
  return R"({"result":")" + std::string(10 << 20, 'x') + '"' + (fields.empty() ? "}" : "," + more.substr(1));
}

} // namespace

TEST_CASE("of a worker's two answers the first stands, and the second is listed as late") {
  odd_system s;
  s.start("twice");
  const auto [work, reply_to] = s.work(0);
  s.say(reply_to, {{"result", 1}});
  s.say(reply_to, {{"result", 2}});
  CHECK(s.ended("twice")["state"] == json{{"odd", 1}});
  REQUIRE(eventually([&] { return s.instance("twice").contains("late_results"); }));
  const json late = s.instance("twice")["late_results"];
  CHECK(late["count"] == 1);
  CHECK(late["listed"][0]["run"] == 1);
  CHECK(s.ended("twice")["state"] == json{{"odd", 1}});
}

TEST_CASE("an answer after its deadline counts while the run has no other, before and after the next attempt") {
  odd_system s;
  const json slow{{"timeouts", {{"attempt", "200ms"}}}};
  for (const char* pause : {"1h", "1ms"}) {
    const std::string id = std::string("late-") + pause;
    const std::size_t before = s.times_asked();
    json fields = slow;
    fields["retry"] = {{"attempts", 2}, {"first", pause}};
    if (std::string(pause) == "1ms") fields["timeouts"]["attempt"] = "2s";
    s.start(id, fields);
    const auto first = s.work(before);
    REQUIRE(eventually([&] { return s.errors(id) == std::vector<std::string>{"attempt_timeout"}; }));
    if (std::string(pause) == "1ms") CHECK(s.work(before + 1).first["attempt"] == 2);
    s.say(first.second, {{"result", "late"}});
    CHECK(s.ended(id)["state"] == json{{"odd", "late"}});
  }
}

TEST_CASE("an answer to a question of before the connection was lost counts") {
  odd_system s;
  s.start("lost");
  const auto first = s.work(0);
  s.system.nats().kill_now();
  s.system.start_nats();
  const auto second = s.work(1); // asked again, for its answer may have been lost
  CHECK(second.first["run"] == first.first["run"]);
  s.say(first.second, {{"result", "first"}});
  CHECK(s.ended("lost")["state"] == json{{"odd", "first"}});
}

TEST_CASE("rubbish is an error of the attempt, and a right answer is taken after it") {
  const std::string deep = "{\"result\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  const std::vector<std::string> rubbish{"",
                                         "no JSON",
                                         "[1,2]",
                                         "{\"result\":1,\"error\":{\"code\":\"x\"}}",
                                         "{\"error\":\"a text\"}",
                                         "{\"error\":{\"code\":\"\"}}",
                                         "{\"result\":\"\xff\xfe\"}",
                                         "{\"result\":\"\xed\xa0\x80\"}",
                                         "{\"result\":1",
                                         "{\"result\":1e999999}",
                                         deep,
                                         std::string("{\"result\":\0}", 12)};
  odd_system s;
  std::size_t n = 0;
  s.answer_with([&](const json&, const std::string& reply_to) {
    s.say_bytes(reply_to, n < rubbish.size() ? rubbish[n++] : R"({"result":"right"})");
  });
  s.start("rubbish", {{"retry", {{"attempts", 100}, {"first", "1ms"}, {"factor", 1}}}});
  CHECK(s.ended("rubbish")["state"] == json{{"odd", "right"}});
  CHECK(s.errors("rubbish") == std::vector<std::string>(rubbish.size(), "bad_result"));
}

TEST_CASE("nobody completes a run with another run's token, or with one that was made up") {
  odd_system s;
  s.start("mine");
  const json mine = s.work(0).first;
  s.start("other");
  const json other = s.work(1).first;
  for (const std::string& token : {other["token"].get<std::string>(), mine["token"].get<std::string>() + "x",
                                   std::string("k.AAAAAAAAAAAAAAAAAAAAAA"), std::string()}) {
    const auto forged = s.ask("mine", "complete", {{"run", 1}, {"token", token}, {"result", "forged"}});
    CHECK(forged.code == 400);
    CHECK(forged.body["field"] == "token");
    CHECK(s.ask("mine", "step.begin", {{"run", 1}, {"token", token}, {"step", "a"}}).code == 400);
  }
  CHECK(s.ask("mine", "complete", {{"run", 1}, {"token", mine["token"]}, {"result", "right"}}).code == 200);
  CHECK(s.ended("mine")["state"] == json{{"odd", "right"}});
}

// So much at once can hold up a connection's pings for longer than it waits for them, where the machine is busy: the
// connection is made anew, what was under way is lost, and both sides say it again.
TEST_CASE("ten megabytes that arrive are an error of the attempt or a refusal, and the node serves on") {
  constexpr auto patience = std::chrono::seconds(60);
  odd_system s("max_payload: 16777216\n");
  s.start("much", {{"retry", {{"attempts", 2}, {"first", "1ms"}}}});
  const json work = s.work(0).first;
  const auto refused = [&](const std::string& verb, const json& fields) {
    int code = 0; // 0 and 503: no answer came
    (void)eventually(
        [&] {
          code = s.system.ask_raw("rw.v1.acme.workflow.much." + verb, ten_megabytes(fields)).code;
          return code != 0 && code != 503;
        },
        patience);
    return code;
  };
  json run{{"run", work["run"]}, {"token", work["token"]}};
  CHECK(refused("complete", run) == 413);
  run["step"] = "all";
  CHECK(refused("step.complete", run) == 413);

  REQUIRE(eventually(
      [&] {
        const std::size_t asked = s.times_asked();
        const auto [last, reply_to] = s.work(asked - 1);
        if (last["attempt"] == 2) return true;
        s.say_bytes(reply_to, ten_megabytes());
        return eventually([&] { return s.times_asked() > asked; }, std::chrono::seconds(3)) &&
               s.work(s.times_asked() - 1).first["attempt"] == 2;
      },
      patience));
  CHECK(s.errors("much") == std::vector<std::string>{"result_too_large"});

  s.answer_with([&](const json&, const std::string& reply_to) { s.say(reply_to, {{"result", "small"}}); });
  const std::string second = s.work(s.times_asked() - 1).second;
  s.say(second, {{"result", "small"}});
  CHECK(s.ended("much")["state"] == json{{"odd", "small"}});
  REQUIRE(eventually(
      [&] {
        s.say_bytes(second, ten_megabytes()); // late as well
        return eventually([&] { return s.instance("much").contains("late_results"); }, std::chrono::seconds(3));
      },
      patience));
  CHECK(s.system.thread("beside", "create").code == 200);
}

TEST_CASE("ten megabytes that no server takes are told to the worker alone") {
  odd_system s;
  s.start("refused");
  const auto [work, reply_to] = s.work(0);
  const auto refused = s.system.client().publish(reply_to, ten_megabytes());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ropewalk::errc::too_large);
  CHECK(s.times_asked() == 1);
  s.say(reply_to, {{"result", "small"}});
  CHECK(s.ended("refused")["state"] == json{{"odd", "small"}});
}

TEST_CASE("a phase that always fails ends after its attempts, with the last error kept") {
  odd_system s;
  s.answer_with([&](const json& work, const std::string& reply_to) {
    const std::string n = std::to_string(work["attempt"].get<int>());
    s.say(reply_to, {{"error", {{"code", "e" + n}, {"message", "attempt " + n}}}});
  });
  s.start("failing", {{"retry", {{"attempts", 4}, {"first", "1ms"}, {"factor", 2}}}});
  const json end = s.ended("failing");
  CHECK(end["status"] == "failed");
  CHECK(end["error"]["code"] == "e4");
  CHECK(end["error"]["message"] == "attempt 4");
  CHECK(s.errors("failing") == std::vector<std::string>{"e1", "e2", "e3", "e4"});
  CHECK(s.times_asked() == 4);
}

TEST_CASE("a definition that loops ends with a clear error, and others go on meanwhile") {
  odd_system s;
  // Never does anything: no worker, no timer bounds it.
  const json circle{{"name", "circle"},
                    {"phases",
                     {{{"name", "round"},
                       {"run", "wait"},
                       {"signal", "never"},
                       {"when", {{"at", "/never"}, {"is", true}}},
                       {"next", "round"}}}}};
  REQUIRE(s.system.ask("rw.v1.acme.workflows.define", {{"definition", circle}}).code == 200);
  REQUIRE(s.ask("looping", "start", {{"definition", "circle"}}).code == 200);
  s.answer_with([&](const json&, const std::string& reply_to) { s.say(reply_to, {{"result", 1}}); });
  s.start("beside");
  CHECK(s.ended("beside")["status"] == "completed");
  const json end = s.ended("looping");
  CHECK(end["status"] == "failed");
  CHECK(end["error"]["code"] == "too_many_phases");
  CHECK(end["error"]["message"] == "a workflow runs at most 100000 phases; does it loop?");
}
