#pragma once
// The machine of schedules in the words of entity_shell.

#include <string>
#include <vector>

#include "actors/entity_environment.hpp"
#include "runtime/schedule/machine.hpp"

namespace ropewalk::actors {

struct schedule_rules {
  using state = schedule::schedule_state;
  using command = schedule::command;
  using event = schedule::event;
  using effect = schedule::effect;
  using wanted = schedule::wanted_facts;
  using facts = schedule::facts;
  using decision = schedule::decision;

  static wanted facts_for(const state& s, const command& c) { return schedule::facts_for(s, c); }
  static result<decision> decide(const entity_key& who, const state& s, const command& c, const facts& known,
                                 const entity_environment&, const surroundings& around, bool keyed) {
    return schedule::decide(who, s, c, known, around, keyed);
  }
  static void apply(state& s, const event& e, const entry_draft& d) { schedule::apply_drafted(s, e, d); }
  static status_result apply_entry(state& s, const entry_draft& d) { return schedule::apply_entry(s, d); }
  static std::string encode_state(const state& s) { return schedule::encode_state(s); }
  static result<state> decode_state(std::string_view bytes) { return schedule::decode_state(bytes); }
  static std::string_view type_of(const event& e) { return schedule::type_of(e); }
  static std::string body_of(const event& e) { return schedule::body_of(e); }
  static result<std::string> recorded_reply(const entity_key&, const command&, const std::vector<entry>& entries) {
    std::vector<event> events;
    for (const entry& e : entries) {
      auto decoded = schedule::decode_event(e.event.type, e.event.body);
      if (!decoded) return decoded.error();
      events.push_back(*std::move(decoded));
    }
    return schedule::recorded_reply(events);
  }
};

} // namespace ropewalk::actors
