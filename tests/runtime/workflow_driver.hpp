#pragma once
// Drives one workflow instance the way its entity does: facts, decide, apply. After every command the same
// entries are folded onto a state that was written and read back, and must give the same state (I11).

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/machine.hpp"
#include "runtime/workflow/replies.hpp"

namespace ropewalk::workflow {

struct workflow_driver {
  entity_key who{"acme", entity_kind::workflow, "w1"};
  std::map<std::string, shared_definition> definitions;
  workflow_state state;
  liveness alive;
  std::int64_t now_us = 1'000'000'000'000'000;
  std::vector<entry_draft> recorded;
  std::vector<effect> sent; // not looked at yet

  void define(const std::string& text) {
    const auto document = json_value::parse(text);
    auto pinned = pin_definition(document, 1);
    if (!pinned) FAIL(pinned.error().field << ": " << pinned.error().detail);
    definitions[(*pinned)->read.name] = *pinned;
  }

  facts facts_of(const command& c) const {
    const wanted_facts wanted = facts_for(state, c);
    facts known;
    if (wanted.definition)
      if (const auto at = definitions.find(wanted.definition->name); at != definitions.end())
        known.definition = at->second;
    if (wanted.recorded) {
      const entry_draft& draft = recorded.at(*wanted.recorded - 1);
      auto e = decode_event(draft.type, draft.body);
      REQUIRE(e);
      known.recorded = *std::move(e);
    }
    if (wanted.alive) known.alive = &alive;
    return known;
  }

  result<decision> attempt(const command& c, const std::string& key = {}) {
    ++now_us;
    auto d = decide(who, state, c, facts_of(c), {instant{now_us}, 1, static_cast<std::uint64_t>(now_us)}, !key.empty());
    if (!d) return d;
    // A state of megabytes is not written and read back each time.
    const bool reads_back = state.value_bytes + state.signal_bytes < (1u << 20) || recorded.size() % 8 == 0;
    std::optional<workflow_state> read_back;
    if (reads_back) {
      auto same = decode_state(encode_state(state));
      REQUIRE(same);
      read_back = *std::move(same);
    }
    for (const event& e : d->events) {
      entry_draft draft{
          std::string(type_of(e)), body_of(e), state.version + 1, std::max(state.recorded_at, instant{now_us}), {}};
      if (!key.empty() && &e == &d->events.front())
        draft.idempotency = idempotency_record{key, {}, static_cast<std::uint32_t>(d->events.size())};
      const auto decoded = decode_event(draft.type, draft.body);
      if (!decoded) FAIL(draft.type << ": " << decoded.error().detail << " in " << draft.body);
      REQUIRE(body_of(*decoded) == draft.body);
      if (const auto fine = fits(state, e); !fine)
        FAIL(draft.type << ": " << fine.error().detail << " in " << draft.body);
      apply_drafted(state, e, draft);
      if (read_back)
        if (const auto applied = apply_entry(*read_back, draft); !applied)
          FAIL(draft.type << ": " << applied.error().detail);
      recorded.push_back(std::move(draft));
    }
    if (read_back) {
      const std::string bytes = encode_state(state);
      REQUIRE(encode_state(*read_back) == bytes);
      const auto again = decode_state(bytes);
      REQUIRE(again);
      REQUIRE(encode_state(*again) == bytes);
    }
    alive.heard(state, c, instant{now_us});
    for (const effect& e : d->effects) sent.push_back(e);
    return d;
  }
  decision must(const command& c, const std::string& key = {}) {
    auto d = attempt(c, key);
    if (!d) FAIL(d.error().type << ": " << d.error().detail);
    return *std::move(d);
  }
  void may(const command& c) { static_cast<void>(attempt(c)); } // or be refused
  json_value reply(const command& c, const std::string& key = {}) { return json_value::parse(must(c, key).reply); }
  std::string refused(const command& c) {
    const auto d = attempt(c);
    return d ? "not refused" : d.error().type.empty() ? std::string(name(d.error().code)) : d.error().type;
  }

  void begin(const std::string& definition_text, const std::string& input = "{}") {
    define(definition_text);
    start s;
    s.definition = json_value::parse(definition_text).at("name");
    s.input = json_value::parse(input);
    must(write{s});
  }
  // Lets time pass to that moment, then wakes.
  void pass(std::int64_t us) {
    now_us += us;
    must(wake{});
  }
  void wake_when_due() {
    const auto at = wake_at(state, &alive);
    REQUIRE(at);
    now_us = std::max(now_us, at->us);
    must(wake{});
  }
  // The owner is gone: all that stays is what was recorded.
  void restart() {
    workflow_state folded;
    for (const entry_draft& draft : recorded) REQUIRE(apply_entry(folded, draft));
    REQUIRE(encode_state(folded) == encode_state(state));
    state = std::move(folded);
    alive = {};
    sent.clear();
    must(recover{});
  }

  template <class E>
  std::vector<E> take() {
    std::vector<E> found, unused;
    for (const effect& e : sent)
      if (const auto* x = std::get_if<E>(&e)) found.push_back(*x);
    std::erase_if(sent, [](const effect& e) { return std::holds_alternative<E>(e); });
    return found;
  }
  dispatch only_dispatch() {
    const auto all = take<dispatch>();
    REQUIRE(all.size() == 1);
    return all.front();
  }
  void finish(std::uint64_t run, const std::string& result = "{}") {
    must(write{complete{run, {}, json_value::parse(result), "worker"}});
  }
  void fail(std::uint64_t run, const std::string& code, bool final = false) {
    must(write{complete{run, {}, failure{{code, "it broke"}, final}, "worker"}});
  }
  // Does the phases that are dispatched, one after the other, all with an empty result; tells their names.
  std::vector<std::string> work_through() {
    std::vector<std::string> done;
    for (auto all = take<dispatch>(); !all.empty(); all = take<dispatch>())
      for (const dispatch& d : all) {
        done.push_back((d.compensation ? "undo " : "") + d.phase);
        if (const run* r = find_run(state, d.run); r && is_open(r->status)) finish(d.run);
      }
    return done;
  }
  std::uint64_t open_run(const std::string& phase) const {
    for (const auto& [number, r] : state.runs)
      if (r.phase == phase && is_open(r.status)) return number;
    return 0;
  }
  std::size_t count(const std::string& type) const {
    return static_cast<std::size_t>(
        std::count_if(recorded.begin(), recorded.end(), [&](const auto& e) { return e.type == type; }));
  }
  std::string status() const { return std::string(name(state.status)); }
  std::string value() const { return state.value->dump(); }
};

} // namespace ropewalk::workflow
