#include <catch2/catch.hpp>

#include "runtime/schedule/spec.hpp"
#include "transport/request_decoder.hpp"

namespace ropewalk::transport {
namespace {

using workflow::json_value;

result<decoded_request> decode_schedule(std::string_view rest, std::string_view body,
                                        std::vector<header_view> headers = {}) {
  return decode_request({"rw.v1.acme." + std::string(rest), headers, body}, decoder_settings{},
                        {{1'769'850'300'000'001}, 7, 11});
}

template <class T, class Group = schedule::write>
T of_schedule(std::string_view verb, std::string_view body) {
  const auto r = decode_schedule("schedule.nightly." + std::string(verb), body);
  if (!r) FAIL(r.error().field + ": " + r.error().detail);
  if constexpr (std::is_same_v<T, Group>) return std::get<T>(r->what);
  else return std::get<T>(std::get<Group>(r->what));
}

} // namespace

TEST_CASE("a schedule's document becomes a command of its schedule and partition") {
  const auto r =
      decode_schedule("schedule.nightly.create",
                      R"({"schedule":{"cron":"0 2 * * *","workflow":{"definition":"d","input":{"n":[1,2.5]}}},)"
                      R"("paused":true,"note":"later"})",
                      {{"Rw-Idempotency-Key", "k"}});
  if (!r) FAIL(r.error().field + ": " + r.error().detail);
  CHECK(r->key == entity_key{"acme", entity_kind::schedule, "nightly"});
  CHECK(r->partition == partition_of("acme", "nightly", 16));
  CHECK(r->idempotency->key == "k");
  const auto p = std::get<schedule::put>(std::get<schedule::write>(r->what));
  CHECK(p.mode == schedule::put_mode::create);
  CHECK(p.document == json_value::parse(R"({"cron":"0 2 * * *","workflow":{"definition":"d","input":{"n":[1,2.5]}}})"));
  CHECK(p.paused == true);
  CHECK(p.note == "later");
  const char* least = R"({"schedule":{"every":"1h","workflow":{"definition":"d"}}})";
  CHECK(of_schedule<schedule::put>("update", least).mode == schedule::put_mode::update);
  CHECK(of_schedule<schedule::put>("apply", least).mode == schedule::put_mode::apply);
  CHECK(!of_schedule<schedule::put>("apply", least).paused);
}

TEST_CASE("every verb of a schedule becomes its command") {
  CHECK(of_schedule<schedule::pause>("pause", R"({"note":"down"})").note == "down");
  CHECK(of_schedule<schedule::unpause>("unpause", "{}").note.empty());
  CHECK(!of_schedule<schedule::trigger>("trigger", "").policy);
  for (const auto policy :
       {schedule::overlap::skip, schedule::overlap::buffer_one, schedule::overlap::buffer_all,
        schedule::overlap::cancel_other, schedule::overlap::terminate_other, schedule::overlap::allow_all})
    CHECK(of_schedule<schedule::trigger>("trigger", "{\"overlap\":\"" + std::string(name(policy)) + "\"}").policy ==
          policy);
  const auto b = of_schedule<schedule::backfill>("backfill",
                                                 R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-02T01:00:00+01:00"})");
  CHECK(b.from == *parse_rfc3339("2026-01-01T00:00:00Z"));
  CHECK(b.to == *parse_rfc3339("2026-01-02T00:00:00Z"));
  (void)of_schedule<schedule::remove>("delete", "{}");
  CHECK(of_schedule<schedule::get, schedule::get>("get", "").next == 5);
  CHECK(of_schedule<schedule::get, schedule::get>("get", R"({"next":0})").next == 0);
}

TEST_CASE("a list of schedules carries its filters") {
  const auto r =
      decode_schedule("schedules.list", R"({"paused":false,"definition":"d","prefix":"n","limit":7,"cursor":"s1a"})");
  REQUIRE(r);
  CHECK(r->key == entity_key{"acme", entity_kind::schedule, ""});
  const auto l = std::get<schedule::list>(r->what);
  CHECK(l.where.paused == false);
  CHECK(l.where.definition == "d");
  CHECK(l.where.prefix == "n");
  CHECK(l.limit == 7);
  CHECK(l.cursor == "s1a");
  const auto all = decode_schedule("schedules.list", "");
  REQUIRE(all);
  CHECK(!std::get<schedule::list>(all->what).where.paused);
}

} // namespace ropewalk::transport
