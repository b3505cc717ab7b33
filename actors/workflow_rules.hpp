#pragma once
// The machine of workflow instances in the words of entity_shell.

#include <string>
#include <vector>

#include "actors/entity_environment.hpp"
#include "runtime/workflow/machine.hpp"
#include "runtime/workflow/replies.hpp"

namespace ropewalk::actors {

struct workflow_rules {
  using state = workflow::workflow_state;
  using command = workflow::command;
  using event = workflow::event;
  using effect = workflow::effect;
  using wanted = workflow::wanted_facts;
  using facts = workflow::facts;
  using decision = workflow::decision;

  static wanted facts_for(const state& s, const command& c) { return workflow::facts_for(s, c); }
  static result<decision> decide(const entity_key& who, const state& s, const command& c, const facts& known,
                                 const entity_environment&, const surroundings& around, bool keyed) {
    return workflow::decide(who, s, c, known, around, keyed);
  }
  static void apply(state& s, const event& e, const entry_draft& d) { workflow::apply_drafted(s, e, d); }
  static status_result apply_entry(state& s, const entry_draft& d) { return workflow::apply_entry(s, d); }
  static std::string encode_state(const state& s) { return workflow::encode_state(s); }
  static result<state> decode_state(std::string_view bytes) { return workflow::decode_state(bytes); }
  static std::string_view type_of(const event& e) { return workflow::type_of(e); }
  static std::string body_of(const event& e) { return workflow::body_of(e); }
  static result<std::string> recorded_reply(const entity_key&, const command&, const std::vector<entry>& entries) {
    std::vector<event> events;
    for (const entry& e : entries) {
      auto decoded = workflow::decode_event(e.event.type, e.event.body);
      if (!decoded) return decoded.error();
      events.push_back(*std::move(decoded));
    }
    return workflow::recorded_reply(events);
  }
};

} // namespace ropewalk::actors
