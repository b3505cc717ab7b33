// A schedule in memory, under a clock that the test sets.

#include <nlohmann/json.hpp>

#include "tests/actors/entity_world.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

class set_clock final : public actors::surroundings_source {
public:
  explicit set_clock(const char* rfc3339) { set(rfc3339); }
  void set(const char* rfc3339) { us_ = parse_rfc3339(rfc3339)->us; }
  surroundings look() override { return {{us_}, ++looks_, looks_}; }

private:
  std::atomic<std::int64_t> us_;
  std::atomic<std::uint64_t> looks_{0};
};

const entity_key minutely{"acme", entity_kind::schedule, "minutely"};

nlohmann::json shown_schedule(entity_world& w) {
  const answer a = w.ask(minutely, schedule::get{0});
  INFO((a.refusal ? a.refusal->detail : a.body));
  REQUIRE_FALSE(a.refusal);
  return nlohmann::json::parse(a.body).at("schedule");
}

} // namespace

TEST_CASE("what a wake leaves of a long time that was missed follows at once") {
  set_clock clock("2026-01-31T09:00:00Z");
  entity_world w(1000, &clock);
  const auto document = workflow::json_value::parse(R"({"cron":"* * * * *","workflow":{"definition":"report"}})");
  REQUIRE_FALSE(
      w.ask(minutely, schedule::command{schedule::write{schedule::put{document, schedule::put_mode::create, {}, {}}}})
          .refusal);
  clock.set("2027-01-31T09:00:30Z");
  w.send(minutely, schedule::command{schedule::wake{}}); // as the roll call does
  // A year of minutes, 10,000 in a decision; a pause of a second between them would take longer than one waits here.
  CHECK(eventually([&] { return shown_schedule(w)["missed"] == 365 * 1440 - 1; }));
  CHECK(shown_schedule(w)["runs"] == 1);
}
