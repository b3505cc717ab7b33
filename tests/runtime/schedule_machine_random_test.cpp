#include <map>
#include <set>

#include "tests/random_seed.hpp"
#include "tests/runtime/schedule_driver.hpp"

namespace ropewalk::schedule {
namespace {

using namespace tests;
using ropewalk::tests::random_seed;

// Reads the entries as they come and holds each scheduled time against the timetable: the next one, and none
// twice.
struct auditor {
  schedule_state before; // the entries
  facts known;
  entity_key who;
  std::map<std::int64_t, int> settled; // by time: fired or skipped
  std::uint64_t fired_by_time = 0, skipped_by_time = 0;

  const time_zone& zone() const { return *known.find(before.spec->time_zone); }
  bool active() const {
    return before.spec && !before.paused && !(before.spec->max_runs && runs_taken(before) >= *before.spec->max_runs);
  }
  std::optional<instant> next() const { return next_after(before.spec->times, before.through, zone()); }
  void expect_next(instant scheduled_at) const {
    REQUIRE(active());
    REQUIRE(next());
    CHECK(*next() == scheduled_at);
  }
  void expect_nothing_due(instant time) const {
    if (!active() || !next()) return;
    CHECK(due_at(*before.spec, who.id, *next(), zone()) > time);
  }

  void take(const entry_draft& draft) {
    INFO(draft.type << ' ' << draft.body);
    const event e = *decode_event(draft.type, draft.body);
    const auto waits = [&](const auto& x) { return is_waiting(before, x.scheduled_at, x.cause); };
    if (const auto* x = std::get_if<fired>(&e); x && x->cause == start_cause::time) {
      if (!waits(*x)) expect_next(x->scheduled_at);
      CHECK(++settled[x->scheduled_at.us] == 1);
      ++fired_by_time;
    } else if (const auto* b = std::get_if<buffered>(&e); b && b->cause == start_cause::time) {
      expect_next(b->scheduled_at);
    } else if (const auto* k = std::get_if<skipped>(&e); k && k->cause == start_cause::time) {
      if (!waits(*k)) expect_next(k->scheduled_at);
      instant at = k->scheduled_at;
      for (std::uint64_t n = 1; n < k->times; ++n) {
        CHECK(++settled[at.us] == 1);
        at = *next_after(before.spec->times, at, zone());
      }
      CHECK(at == k->last);
      CHECK(++settled[at.us] == 1);
      if (k->reason == skip_reason::missed)
        CHECK(draft.time.us - due_at(*before.spec, who.id, k->last, zone()).us > before.spec->catch_up_us);
      skipped_by_time += k->times;
    } else if (std::holds_alternative<configured>(e) || std::holds_alternative<paused>(e)) {
      expect_nothing_due(draft.time);
    }
    CHECK(draft.time >= before.recorded_at);
    const auto delayed = active() ? next() : std::nullopt;
    const shared_spec was = before.spec;
    REQUIRE(apply_entry(before, draft));
    // What has come and is not due yet is not lost to an update that leaves the times as they are.
    if (std::holds_alternative<configured>(e) && delayed && *delayed <= draft.time && active() &&
        same_times(*was, *before.spec))
      CHECK(next() == delayed);
  }
};

std::string random_document(random_seed& seed, bool side_by_side) {
  const char* times[] = {R"("every":"10m")", R"("every":"7m","offset":"3m")", R"("cron":"*/5 * * * *")",
                         R"("cron":["0,30 1-5 * * *","15 2 * * *"],"time_zone":"Europe/Berlin")",
                         R"("cron":"20 * * * *","time_zone":"Europe/Berlin")"};
  const char* windows[] = {"1m", "10m", "1h"};
  std::string text = std::string("{") + times[seed.below(5)] + R"(,"workflow":{"definition":"report"},"overlap":")" +
                     std::string(name(static_cast<overlap>(seed.below(side_by_side ? 6 : 5)))) +
                     R"(","catch_up_window":")" + windows[seed.below(3)] + '"';
  if (seed.one_in(3)) text += R"(,"jitter":"4m")";
  if (seed.one_in(6)) text += R"(,"max_runs":)" + std::to_string(20 + seed.below(30));
  return text + '}';
}

} // namespace

TEST_CASE("however the clock jumps and whatever happens, each time is fired or skipped once") {
  random_seed seed;
  CAPTURE(seed.rerun());
  std::uint64_t fired_by_time = 0, skipped_by_time = 0;
  for (int world = 0; world < 12; ++world) {
    const bool side_by_side = seed.one_in(3);
    schedule_driver s;
    s.at(seed.one_in(2) ? "2026-03-28T22:00:00Z" : "2026-10-24T22:00:00Z"); // the clock changes in the night
    auditor audit{{}, s.known, s.who, {}, 0, 0};
    std::size_t audited = 0;
    std::set<std::string> begun; // in the world outside
    schedule_state old;          // a snapshot of a while ago
    std::size_t old_entries = 0;
    const auto run = [&](const command& c, bool sent_again = false) {
      const auto d = s.attempt(c, seed.one_in(10) ? "key" + std::to_string(s.recorded.size()) : "");
      if (!d) CHECK(name(d.error().code) != "internal");
      for (; audited < s.recorded.size(); ++audited) audit.take(s.recorded[audited]);
      for (const effect& e : s.effects)
        if (const auto* start = std::get_if<start_workflow>(&e)) {
          const bool fresh = begun.insert(start->workflow).second;
          if (!fresh && !sent_again) CHECK(find_running(s.state, start->workflow)->cause == start_cause::backfill);
        }
      if (!side_by_side) CHECK(s.state.running.size() <= 1);
    };
    run(write(put{workflow::json_value::parse(random_document(seed, side_by_side)), put_mode::apply, {}, {}}));
    for (int step = 0; step < 400; ++step) {
      switch (seed.below(24)) {
      case 0: s.pass_s(-static_cast<std::int64_t>(seed.below(7200))); break; // a clock that is put back
      case 1: s.pass_s(3600); break;                                         // and forward
      case 2: s.pass_s(static_cast<std::int64_t>(seed.below(40'000))); break;
      case 3: run(write(pause{"p"})); break;
      case 4:
      case 5: run(write(unpause{})); break;
      case 6:
        run(write(trigger{seed.one_in(2) && side_by_side ? std::optional(overlap::allow_all) : std::nullopt}));
        break;
      case 7: {
        const std::int64_t to = s.now.us - static_cast<std::int64_t>(seed.below(1ull << 34));
        run(write(backfill{{to - static_cast<std::int64_t>(seed.below(1ull << 33))}, {to}, {}}));
        break;
      }
      case 8:
        if (s.state.spec && seed.one_in(2)) { // of what is started alone
          auto same = workflow::json_value::parse(s.state.spec->document);
          same["workflow"]["input"]["n"] = seed.below(1'000'000);
          run(write(put{same, put_mode::update, {}, {}}));
        } else if (seed.one_in(4))
          run(write(put{workflow::json_value::parse(random_document(seed, side_by_side)), put_mode::apply, {}, {}}));
        break;
      case 9: { // a restart
        schedule_state loaded;
        if (seed.one_in(2)) loaded = *decode_state(encode_state(s.state));
        else
          for (const entry_draft& d : s.recorded) REQUIRE(apply_entry(loaded, d));
        CHECK(encode_state(loaded) == encode_state(s.state));
        s.state = std::move(loaded);
        run(recover{}, true);
        break;
      }
      case 10: old = *decode_state(encode_state(s.state)), old_entries = s.recorded.size(); break;
      case 11:
      case 12:
      case 13:
      case 14:
        if (!s.state.running.empty()) {
          const std::string id = s.state.running[seed.below(s.state.running.size())].workflow;
          if (seed.one_in(8)) run(start_refused{id, {"no", "reason"}});
          else if (seed.one_in(2)) run(start_accepted{id});
          else run(workflow_ended{id, static_cast<workflow::child_end>(seed.below(4))});
        }
        break;
      default:
        s.pass_s(static_cast<std::int64_t>(seed.below(400)));
        if (const auto due = s.wake_time(); due && seed.one_in(2))
          s.now = {due->us + static_cast<std::int64_t>(seed.below(2'000'000)) - 500'000};
        run(wake{});
      }
    }
    run(write(unpause{}));
    for (int i = 0; i < 50; ++i) run(wake{});
    audit.expect_nothing_due(std::max(s.now, s.state.recorded_at));
    CHECK(s.state.runs == audit.fired_by_time);
    for (std::size_t i = old_entries; i < s.recorded.size(); ++i) REQUIRE(apply_entry(old, s.recorded[i]));
    CHECK(encode_state(old) == encode_state(s.state));
    CHECK(encode_state(audit.before) == encode_state(s.state));
    fired_by_time += audit.fired_by_time;
    skipped_by_time += audit.skipped_by_time;
  }
  CHECK(fired_by_time > 100);
  CHECK(skipped_by_time > 100);
}

TEST_CASE("records of a schedule that cannot be are corrupt") {
  schedule_driver s;
  s.make(R"("every":"10m","overlap":"buffer_all")");
  s.at("2026-01-31T09:10:00Z");
  REQUIRE(s.attempt(wake{}));
  s.at("2026-01-31T09:20:00Z");
  REQUIRE(s.attempt(wake{}));
  const std::string state = encode_state(s.state), last = std::to_string(s.state.through.us);
  const auto entry_of = [&](std::string type, std::string body, std::uint64_t version = 4) {
    schedule_state copy = *decode_state(state);
    return apply_entry(copy, {std::move(type), std::move(body), version, s.now, {}});
  };
  const std::pair<const char*, std::string> bad[] = {
      {"fired", "{"},
      {"fired", R"({"scheduled_us":1,"workflow":"x"})"}, // past
      {"fired", R"({"scheduled_us":)" + last + "1,\"workflow\":7}"},
      {"fired", R"({"scheduled_us":)" + last + R"(1,"workflow":"x","cause":"rain"})"},
      {"fired", R"({"scheduled_us":)" + last + R"(1,"workflow":"nightly-20260131T091000Z"})"}, // runs
      {"buffered", R"({"scheduled_us":)" + last + R"(,"overlap":"skip"})"},                    // waits
      {"buffered", R"({"scheduled_us":)" + last + R"(1,"overlap":"none"})"},
      {"skipped", R"({"scheduled_us":1,"reason":"missed"})"},
      {"skipped", R"({"scheduled_us":)" + last + R"(1,"reason":"rain"})"},
      {"skipped", R"({"scheduled_us":)" + last + R"(1,"reason":"missed","times":2,"last_us":)" + last + "}"},
      {"skipped", R"({"scheduled_us":)" + last + R"(1,"reason":"missed","times":1,"last_us":)" + last + "2}"},
      {"started", R"({"workflow":"x"})"},
      {"refused", R"({"workflow":"x","code":"","message":""})"},
      {"ended", R"({"workflow":"x","how":"completed"})"},
      {"ended", R"({"workflow":"nightly-20260131T091000Z","how":"lost"})"},
      {"configured", R"({"spec":{}})"},
      {"configured", R"({"spec":{"cron":"99 * * * *","workflow":{"definition":"r"}}})"},
      {"paused", "{}"},
      {"noted", "{}"},
      {"vanished", "{}"}};
  for (const auto& [type, body] : bad) {
    INFO(type << ' ' << body);
    const auto done = entry_of(type, body);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::corrupt);
  }
  CHECK_FALSE(entry_of("paused", R"({"note":""})", 5));
  CHECK(entry_of("paused", R"({"note":""})"));
  schedule_state none;
  CHECK_FALSE(apply_entry(none, {"paused", R"({"note":""})", 1, {}, {}}));
  CHECK_FALSE(apply_entry(none, {"deleted", "{}", 1, {}, {}}));

  auto broken = [&](const char* field, const workflow::json_value& value) {
    auto document = workflow::json_value::parse(state);
    document[workflow::json_value::json_pointer(field)] = value;
    return !decode_state(document.dump());
  };
  REQUIRE(decode_state(state));
  CHECK(broken("/format", 2));
  CHECK(broken("/specs", workflow::json_value::array()));
  CHECK(broken("/specs/0/every", "soon"));
  CHECK(broken("/running/0/spec", 1));
  CHECK(broken("/running/0/told", 3));
  CHECK(broken("/waiting/0/overlap", "none"));
  CHECK(broken("/waiting/0/cause", 1));
  CHECK(broken("/paused", 0));
  CHECK(broken("/through_us", -1));
  CHECK_FALSE(decode_state(""));
  CHECK_FALSE(decode_state("{}"));
}

TEST_CASE("snapshots and events keep their form") {
  schedule_driver s;
  s.make(R"("every":"10m","overlap":"cancel_other","catch_up_window":"20m")");
  s.at("2026-01-31T10:05:00Z");
  REQUIRE(s.attempt(wake{}));
  std::string all;
  for (const entry_draft& d : s.recorded) all += d.type + ' ' + d.body + '\n';
  CHECK(
      all ==
      R"(configured {"spec":{"catch_up_window":"20m","every":"10m","overlap":"cancel_other","workflow":{"definition":"report"}}}
skipped {"scheduled_us":1769850600000000,"reason":"missed","last_us":1769852400000000,"times":4}
fired {"scheduled_us":1769853000000000,"workflow":"nightly-20260131T095000Z"}
buffered {"scheduled_us":1769853600000000,"overlap":"cancel_other"}
)");
  CHECK(
      encode_state(s.state) ==
      R"({"format":1,"version":4,"recorded_us":1769853900000000,"specs":[{"catch_up_window":"20m","every":"10m",)"
      R"("overlap":"cancel_other","workflow":{"definition":"report"}}],"exists":true,"created_us":1769850000000000,)"
      R"("updated_us":1769850000000000,"paused":false,"note":"","through_us":1769853600000000,"last_trigger_us":0,)"
      R"("runs":1,"asked":0,"skips":4,"missed":4,"running":[{"workflow":"nightly-20260131T095000Z",)"
      R"("scheduled_us":1769853000000000,"cause":"time","spec":0,"told":1}],)"
      R"("waiting":[{"scheduled_us":1769853600000000,"overlap":"cancel_other","cause":"time"}],"recent":[],"keys":[]})");
}

} // namespace ropewalk::schedule
