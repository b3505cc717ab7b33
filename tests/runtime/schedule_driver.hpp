#pragma once
// A schedule as its entity would drive it: events recorded, effects collected, time set by hand.

#include <memory>
#include <string>
#include <vector>

#include "runtime/schedule/machine.hpp"
#include "runtime/schedule/replies.hpp"
#include "tests/runtime/schedule_zones.hpp"

namespace ropewalk::schedule::tests {

struct schedule_driver {
  entity_key who{"acme", entity_kind::schedule, "nightly"};
  schedule_state state;
  facts known{{std::make_shared<const time_zone>(ruled(berlin_rule, "Europe/Berlin"))}};
  instant now = *parse_rfc3339("2026-01-31T09:00:00Z");
  std::vector<entry_draft> recorded;
  std::vector<effect> effects; // of the last command
  std::size_t told = 0;        // events that log() has shown

  void at(const char* rfc3339) { now = *parse_rfc3339(rfc3339); }
  void pass_s(std::int64_t seconds) { now.us += seconds * 1'000'000; }

  result<decision> attempt(const command& c, const std::string& key = {}) {
    effects.clear();
    auto d = decide(who, state, c, known, {now, 1, 2}, !key.empty());
    if (!d) return d;
    bool first = true;
    for (const event& e : d->events) {
      entry_draft draft{std::string(type_of(e)), body_of(e), state.version + 1, std::max(state.recorded_at, now), {}};
      if (!key.empty() && first)
        draft.idempotency = idempotency_record{key, {}, static_cast<std::uint32_t>(d->events.size())};
      first = false;
      if (const auto fine = fits(state, e); !fine) FAIL(draft.type << ' ' << draft.body << ": " << fine.error().detail);
      apply_drafted(state, e, draft);
      recorded.push_back(std::move(draft));
    }
    effects = d->effects;
    return d;
  }
  // The reply, or what it was refused for.
  std::string says(const command& c, const std::string& key = {}) {
    const auto d = attempt(c, key);
    if (d) return d->reply;
    return d.error().type.empty() ? d.error().field + ": " + d.error().detail : d.error().type;
  }
  workflow::json_value reply(const command& c, const std::string& key = {}) {
    const std::string text = says(c, key);
    INFO(text);
    REQUIRE(text.starts_with('{'));
    return workflow::json_value::parse(text);
  }
  std::string put_it(const std::string& document, put_mode mode = put_mode::apply) {
    return says(write(put{workflow::json_value::parse(document), mode, {}, {}}));
  }
  void make(const std::string& fields) {
    const std::string said = put_it('{' + fields + R"(,"workflow":{"definition":"report"}})");
    INFO(said);
    REQUIRE(said.starts_with(R"({"schedule":)"));
    log();
  }

  // The events since the last call: "fired 09:15:00", "skipped 09:15:00 missed x3 to 09:45:00".
  std::vector<std::string> log() {
    std::vector<std::string> lines;
    for (; told < recorded.size(); ++told) {
      const auto body = workflow::json_value::parse(recorded[told].body);
      std::string line = recorded[told].type;
      const auto time = [&](const char* field) {
        return body.contains(field) ? ' ' + to_rfc3339({body[field].get<std::int64_t>()}).substr(11, 8) : "";
      };
      line += time("scheduled_us");
      for (const char* field : {"reason", "cause", "overlap", "code", "how"})
        if (body.contains(field)) line += ' ' + body[field].get<std::string>();
      if (body.contains("times")) line += " x" + body["times"].dump() + " to" + time("last_us");
      lines.push_back(line);
    }
    return lines;
  }
  // "start nightly-...", "cancel ...", "watch ..."
  std::vector<std::string> sent() const {
    std::vector<std::string> lines;
    for (const effect& e : effects)
      std::visit(
          [&](const auto& x) {
            using type = std::decay_t<decltype(x)>;
            const char* verb = std::is_same_v<type, start_workflow>    ? "start "
                               : std::is_same_v<type, watch_workflow>  ? "watch "
                               : std::is_same_v<type, cancel_workflow> ? "cancel "
                                                                       : "terminate ";
            lines.push_back(verb + x.workflow);
          },
          e);
    return lines;
  }
  std::vector<std::string> does(const command& c) {
    const auto d = attempt(c);
    if (!d) return {d.error().type};
    return log();
  }
  std::optional<instant> wake_time() const {
    return wake_at(who, state, state.spec ? known.find(state.spec->time_zone) : nullptr);
  }
};

using lines = std::vector<std::string>;

inline command over(std::string workflow) {
  return workflow_ended{std::move(workflow), workflow::child_end::completed};
}
// Of the workflow that is started at that time of 2026-01-31.
inline std::string id_at(const char* time) { return "nightly-20260131T" + std::string(time) + "Z"; }

} // namespace ropewalk::schedule::tests
