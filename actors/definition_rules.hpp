#pragma once
// The book of one definition's versions in the words of entity_shell.

#include <string>
#include <vector>

#include "actors/entity_environment.hpp"
#include "runtime/workflow/definition_book.hpp"

namespace ropewalk::actors {

struct definition_rules {
  using state = workflow::book::book_state;
  using command = workflow::define;
  using event = workflow::book::event;
  using decision = workflow::book::decision;
  struct wanted {
    bool none() const noexcept { return true; }
  };
  struct facts {};

  static wanted facts_for(const state&, const command&) { return {}; }
  static result<decision> decide(const entity_key& who, const state& s, const command& c, const facts&,
                                 const entity_environment&, const surroundings& around, bool keyed) {
    return workflow::book::decide(who, s, c, around, keyed);
  }
  static void apply(state& s, const event& e, const entry_draft& d) { workflow::book::apply_drafted(s, e, d); }
  static status_result apply_entry(state& s, const entry_draft& d) { return workflow::book::apply_entry(s, d); }
  static std::string encode_state(const state& s) { return workflow::book::encode_state(s); }
  static result<state> decode_state(std::string_view bytes) { return workflow::book::decode_state(bytes); }
  static std::string_view type_of(const event& e) { return workflow::book::type_of(e); }
  static std::string body_of(const event& e) { return workflow::book::body_of(e); }
  static result<std::string> recorded_reply(const entity_key& who, const command&, const std::vector<entry>& entries) {
    std::vector<event> events;
    for (const entry& e : entries) {
      auto decoded = workflow::book::decode_event(e.event.type, e.event.body);
      if (!decoded) return decoded.error();
      events.push_back(*std::move(decoded));
    }
    return workflow::book::recorded_reply(who, events);
  }
};

} // namespace ropewalk::actors
