#include "runtime/schedule/machine.hpp"

#include <algorithm>
#include <array>

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/schedule/drafting.hpp"
#include "runtime/schedule/limits.hpp"
#include "runtime/schedule/replies.hpp"
#include "runtime/workflow/document_value.hpp"

namespace ropewalk::schedule {
namespace {

using outcome = result<decision>;

const time_zone utc;

error zone_unavailable(const schedule_instance& s) {
  return {errc::unavailable, "time_zone_unavailable",
          "the rules of time zone \"" + s.spec->time_zone + "\" cannot be read on this node", "time_zone"};
}

error behind(const entity_key& who) {
  return {errc::busy,
          "schedule_behind",
          "schedule \"" + who.id + "\" is working off the times that it missed; try again in a moment",
          {}};
}

// Everything that was due before a change.
status_result settle_first(drafting& d) {
  if (d.state().paused) return ok();
  if (!d.zone()) return zone_unavailable(d.state());
  if (!d.work_off()) return behind(d.who());
  return ok();
}

// A time that jitter delays comes in spite of a change that leaves the times as they are.
std::optional<instant> pending_in(const drafting& d) {
  return d.zone() ? pending_at(*d.state().spec, d.who().id, d.at(), *d.zone()) : std::nullopt;
}

struct rules {
  const entity_key& who;
  const schedule_instance& state;
  const facts& known;
  const surroundings& around;
  const bool keyed;

  const time_zone* own_zone() const { return state.spec ? known.find(state.spec->time_zone) : nullptr; }
  drafting begin() const { return {who, state, own_zone(), around.now}; }

  // {"schedule":{…} as the events leave it, and what the caller adds}.
  template <class More>
  decision showing(drafting& d, More more) const {
    schedule_instance after = d.state();
    if (keyed) ++after.version; // the noted entry that decide() adds
    json_writer out;
    out.begin_object().raw_field("schedule", render_schedule(who, after, d.zone()));
    more(out);
    out.end_object();
    d.made().reply = std::move(out).take();
    return std::move(d.made());
  }
  decision showing(drafting& d) const {
    return showing(d, [](json_writer&) {});
  }

  // ---- writes ----
  outcome operator()(const put& c) const {
    if (!workflow::is_identifier(who.id, limits::definition_name_bytes))
      return invalid("schedule.name", "must be " + workflow::identifier_rule(limits::definition_name_bytes));
    if (c.mode == put_mode::create && state.spec)
      return error{errc::conflict, "schedule_exists", "schedule \"" + who.id + "\" exists already", "schedule.name"};
    if (c.mode == put_mode::update)
      if (auto there = require_schedule(who, state); !there) return there.error();
    auto spec = read_spec(who.id, c.document, "schedule");
    if (!spec) return spec.error();
    const time_zone* zone = known.find(spec->time_zone);
    if (!zone) return invalid("schedule.time_zone", "\"" + spec->time_zone + "\" is no time zone that this node knows");
    drafting d = begin();
    const bool created = !state.spec;
    const bool changed = created || spec->document != state.spec->document;
    const bool turned = c.paused && *c.paused != state.paused;
    if (!created && (changed || turned) && d.zone()) // what can no longer be read must not hinder its repair
      if (auto settled = settle_first(d); !settled) return settled.error();
    if (changed) {
      const auto pending = !created && same_times(*state.spec, *spec) ? pending_in(d) : std::nullopt;
      d.emit(configured{std::make_shared<const schedule_spec>(*std::move(spec)), pending});
    }
    d.use(zone);
    if (turned && *c.paused) d.emit(paused{c.note});
    if (turned && !*c.paused) {
      d.emit(unpaused{c.note, pending_in(d)});
      d.drain();
    }
    return showing(d, [&](json_writer& out) { out.field("created", created); });
  }

  outcome operator()(const pause& c) const {
    drafting d = begin();
    if (state.paused && (c.note.empty() || c.note == state.note)) return showing(d);
    if (auto settled = settle_first(d); !settled && settled.error().code != errc::unavailable) return settled.error();
    d.emit(paused{c.note});
    return showing(d);
  }

  outcome operator()(const unpause& c) const {
    drafting d = begin();
    if (!state.paused) return showing(d);
    d.emit(unpaused{c.note, pending_in(d)});
    d.drain();
    return showing(d);
  }

  outcome operator()(const trigger& c) const {
    drafting d = begin();
    // Never a whole second, which times of the schedule are, and never twice the same.
    instant at = std::max(d.at(), instant{state.last_trigger.us + 1});
    if (at.us % 1'000'000 == 0) ++at.us;
    const auto taken = d.take(at, start_cause::trigger, c.policy.value_or(state.spec->policy));
    return showing(d, [&](json_writer& out) {
      out.key("start").begin_object().field("scheduled_time", at).field("outcome", word(taken));
      if (taken != drafting::taken::skipped) out.field("workflow", instance_id(*d.state().spec, who.id, at));
      out.end_object();
    });
  }

  outcome operator()(const backfill& c) const {
    drafting d = begin();
    if (c.to < c.from) return invalid("to", "must not be before \"from\"");
    if (c.to > d.at()) return invalid("to", "must not be in the future; times that come are fired when they come");
    if (!d.zone()) return zone_unavailable(state);
    if (auto settled = settle_first(d); !settled) return settled.error();
    const schedule_spec spec = *state.spec;
    const bool comes_by_itself = wake_at(who, d.state(), d.zone()).has_value();
    const instant to = comes_by_itself ? std::min(c.to, d.state().through) : c.to;
    std::vector<instant> times;
    for (auto at = next_after(spec.times, instant{c.from.us - 1}, *d.zone()); at && *at <= to;
         at = next_after(spec.times, *at, *d.zone())) {
      if (times.size() == limits::schedule_backfill)
        return invalid("to", "is more than " + std::to_string(limits::schedule_backfill) +
                                 " scheduled times after \"from\"; backfill in parts");
      times.push_back(*at);
    }
    std::array<std::uint64_t, 4> counts{};
    for (const instant t : times)
      ++counts[static_cast<std::size_t>(d.take(t, start_cause::backfill, c.policy.value_or(spec.policy)))];
    return showing(d, [&](json_writer& out) {
      out.key("backfill").begin_object().field("times", std::uint64_t{times.size()});
      for (std::size_t i = 0; i < counts.size(); ++i) out.field(word(static_cast<drafting::taken>(i)), counts[i]);
      out.end_object();
    });
  }

  outcome operator()(const remove&) const {
    drafting d = begin();
    d.emit(deleted{});
    json_writer out;
    out.begin_object().field("name", who.id).field("deleted", true).end_object();
    d.made().reply = std::move(out).take();
    return std::move(d.made());
  }

  static std::string_view word(drafting::taken t) {
    constexpr std::array<std::string_view, 4> words = {"fired", "buffered", "skipped", "present"};
    return words[static_cast<std::size_t>(t)];
  }

  // ---- the runtime's own ----
  outcome operator()(const wake&) const {
    drafting d = begin();
    if (!state.spec || state.paused) return decision{};
    if (!d.zone()) return zone_unavailable(state);
    d.work_off(); // what is left has passed already, so the next wake is due at once
    return std::move(d.made());
  }

  outcome operator()(const start_accepted& c) const {
    drafting d = begin();
    const running_start* r = find_running(state, c.workflow);
    if (!r) return decision{};
    if (r->unconfirmed) d.emit(started{c.workflow});
    d.made().effects.emplace_back(watch_workflow{c.workflow});
    return std::move(d.made());
  }

  outcome operator()(const start_refused& c) const {
    drafting d = begin();
    const running_start* r = find_running(state, c.workflow);
    if (!r || !r->unconfirmed) return decision{};
    d.emit(refused{c.workflow, c.why.code, c.why.message});
    d.drain();
    return std::move(d.made());
  }

  outcome operator()(const workflow_ended& c) const {
    drafting d = begin();
    if (!find_running(state, c.workflow)) return decision{};
    d.emit(ended{c.workflow, c.how});
    d.drain();
    return std::move(d.made());
  }

  outcome operator()(const recover&) const {
    drafting d = begin();
    d.send_again();
    return std::move(d.made());
  }
};

void want(std::vector<std::string>& zones, const std::string& name) {
  if (name != "UTC" && is_time_zone_name(name) && std::find(zones.begin(), zones.end(), name) == zones.end())
    zones.push_back(name);
}

} // namespace

const time_zone* facts::find(std::string_view name) const noexcept {
  if (name == "UTC") return &utc;
  const auto at =
      std::find_if(zones.begin(), zones.end(), [&](const shared_zone& z) { return z && z->name() == name; });
  return at == zones.end() ? nullptr : at->get();
}

wanted_facts facts_for(const schedule_instance& s, const command& c) {
  wanted_facts wanted;
  const auto* w = std::get_if<write>(&c);
  if (s.spec && (w || std::holds_alternative<wake>(c))) want(wanted.zones, s.spec->time_zone);
  if (const auto* p = w ? std::get_if<put>(w) : nullptr; p && p->document.is_object())
    if (const auto zone = p->document.find("time_zone"); zone != p->document.end() && zone->is_string())
      want(wanted.zones, zone->get_ref<const std::string&>());
  return wanted;
}

result<decision> decide(const entity_key& who, const schedule_instance& s, const command& c, const facts& known,
                        const surroundings& around, bool keyed) {
  const rules r{who, s, known, around, keyed};
  const auto* w = std::get_if<write>(&c);
  if (!w)
    return std::visit(
        [&](const auto& x) -> outcome {
          if constexpr (std::is_same_v<std::decay_t<decltype(x)>, write>) return decision{};
          else return r(x);
        },
        c);
  if (!std::holds_alternative<put>(*w))
    if (auto there = require_schedule(who, s); !there) return there.error();
  auto d = std::visit(r, *w);
  if (d && keyed) d->events.emplace_back(noted{d->reply});
  return d;
}

result<std::string> recorded_reply(const std::vector<event>& events) {
  if (!events.empty())
    if (const auto* note = std::get_if<noted>(&events.back())) return note->reply;
  return error{errc::corrupt, "corrupt_record", "a remembered command's answer is not recorded", {}};
}

std::optional<instant> wake_at(const entity_key& who, const schedule_instance& s, const time_zone* zone) {
  if (!s.spec || s.paused || !zone) return std::nullopt;
  if (s.spec->max_runs && runs_taken(s) >= *s.spec->max_runs) return std::nullopt;
  const auto next = next_after(s.spec->times, s.through, *zone);
  return next ? std::optional(due_at(*s.spec, who.id, *next, *zone)) : std::nullopt;
}

bool needs_recovery(const schedule_instance& s) noexcept { return !s.running.empty(); }

status_result require_schedule(const entity_key& who, const schedule_instance& s) {
  if (s.spec) return ok();
  return error{errc::not_found, "schedule_not_found", "there is no schedule \"" + who.id + "\"; create it first",
               "schedule"};
}

} // namespace ropewalk::schedule
