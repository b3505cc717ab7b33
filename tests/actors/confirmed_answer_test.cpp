// What a read shows may be given only once it is known to be committed.

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "actors/request.hpp"
#include "transport/verb_table.hpp"

using namespace ropewalk;
using namespace ropewalk::actors;

namespace {

class answers_out final : public outbox {
public:
  status_result reply(const std::string&, std::string_view body) override {
    if (body.size() > most) return error{errc::too_large, "reply_too_large", "it fits no message", {}};
    said.emplace_back(body);
    return ok();
  }
  void refuse(const std::string&, const error& why) override { said.push_back("refused: " + why.type); }
  void publish_event(const entity_key&, std::string_view) override {}
  std::vector<std::string> said;
  std::size_t most = 1 << 20;
};

class answers_counted final : public request_meter {
public:
  void answered(const transport::verb_spec*, std::size_t, std::chrono::nanoseconds, const error*) override { ++count; }
  int count = 0;
};

} // namespace

TEST_CASE("an answer that has to be confirmed is given when it is, and once") {
  answers_out out;
  answers_counted meter;
  std::function<void(status_result)> then;
  {
    caller from("reply", nullptr, 0, out, meter);
    from.confirm_before_answer([&](auto given) { then = std::move(given); });
    caller moved = std::move(from);
    moved.answer("{}");
    CHECK_FALSE(moved.waiting());
  }
  CHECK(out.said.empty());
  CHECK(meter.count == 0);
  then(ok());
  CHECK(out.said == std::vector<std::string>{"{}"});
  CHECK(meter.count == 1);
}

TEST_CASE("an answer that is not confirmed is refused with the reason") {
  answers_out out;
  answers_counted meter;
  caller from("reply", nullptr, 0, out, meter);
  from.confirm_before_answer([](auto then) { then(error{errc::unavailable, "no_lease", "try again", {}}); });
  from.answer("{}");
  CHECK(out.said == std::vector<std::string>{"refused: no_lease"});
  CHECK(meter.count == 1);
}

TEST_CASE("what is done for a caller once it is confirmed is done once, and not at all when it is not") {
  for (const bool given : {true, false}) {
    CAPTURE(given);
    answers_out out;
    answers_counted meter;
    int asked = 0, done = 0;
    caller from("reply", nullptr, 0, out, meter);
    from.confirm_before_answer([&](auto then) {
      ++asked;
      then(given ? ok() : status_result{error{errc::unavailable, "no_lease", "try again", {}}});
    });
    from.when_confirmed([&](caller to) {
      ++done;
      to.answer("{}"); // which is not asked about again
    });
    CHECK(asked == 1);
    CHECK(done == (given ? 1 : 0));
    CHECK(out.said == std::vector<std::string>{given ? "{}" : "refused: no_lease"});
    CHECK(meter.count == 1);
  }
}

TEST_CASE("a caller with nothing to confirm goes on at once") {
  answers_out out;
  answers_counted meter;
  caller from("reply", nullptr, 0, out, meter);
  from.when_confirmed([](caller to) { to.answer("{}"); });
  CHECK(out.said == std::vector<std::string>{"{}"});
}

TEST_CASE("a refusal for good is confirmed as an answer is, one that says try again needs no confirmation") {
  for (const bool for_good : {true, false}) {
    CAPTURE(for_good);
    answers_out out;
    answers_counted meter;
    std::function<void(status_result)> then;
    caller from("reply", nullptr, 0, out, meter);
    from.confirm_before_answer([&](auto given) { then = std::move(given); });
    from.refuse({for_good ? errc::not_found : errc::unavailable, "none_here", "there is none", {}});
    CHECK(out.said.empty() == for_good);
    CHECK(static_cast<bool>(then) == for_good);
    if (then) then(ok());
    CHECK(out.said == std::vector<std::string>{"refused: none_here"});
    CHECK(meter.count == 1);
  }
}

TEST_CASE("an answer of a write that fits no message is its receipt, for a refusal would say that nothing was changed") {
  answers_out out;
  out.most = 200;
  answers_counted meter;
  const auto* pause = transport::find_verb(transport::noun::workflow, "pause");
  REQUIRE(pause);
  const std::string receipt = R"("receipt":{"partition":3,"epoch":1,"index":42})";
  const std::string large = R"({"workflow":{"status_reason":")" + std::string(300, 'x') + R"("})";
  caller("reply", pause, 0, out, meter).answer(large + ',' + receipt + '}');
  caller("reply", pause, 0, out, meter).answer(large + '}');
  CHECK(out.said == std::vector<std::string>{R"({"reply_left_out":true,)" + receipt + '}', R"({"reply_left_out":true})"});
}

TEST_CASE("an answer of a read that fits no message is refused") {
  answers_out out;
  out.most = 200;
  answers_counted meter;
  const auto* get = transport::find_verb(transport::noun::workflow, "get");
  caller("reply", get, 0, out, meter)
      .answer(R"({"state":{"x":")" + std::string(300, 'x') + R"(","receipt":{"partition":3}}})");
  CHECK(out.said == std::vector<std::string>{"refused: reply_too_large"});
  CHECK(meter.count == 1);
}
