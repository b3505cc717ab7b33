#pragma once
// The thread machine in the words of entity_shell.

#include <string>
#include <vector>

#include "actors/entity_environment.hpp"
#include "runtime/thread/machine.hpp"
#include "runtime/thread/replies.hpp"

namespace ropewalk::actors {

struct thread_rules {
  using state = thread::thread_state;
  using command = thread::command;
  using event = thread::event;
  using effect = thread::effect;
  using wanted = thread::wanted_facts;
  using facts = thread::facts;
  using decision = thread::decision;

  static wanted facts_for(const state& s, const command& c) { return thread::facts_for(s, c); }
  static result<decision> decide(const entity_key& who, const state& s, const command& c, const facts& known,
                                 const entity_environment& env, const surroundings& around, bool keyed) {
    return thread::decide(who, s, c, known, env.defaults, around, keyed);
  }
  static void apply(state& s, const event& e, const entry_draft& d) { thread::apply_drafted(s, e, d); }
  static status_result apply_entry(state& s, const entry_draft& d) { return thread::apply_entry(s, d); }
  static std::string encode_state(const state& s) { return thread::encode_state(s); }
  static result<state> decode_state(std::string_view bytes) { return thread::decode_state(bytes); }
  static std::string_view type_of(const event& e) { return thread::type_of(e); }
  static std::string body_of(const event& e) { return thread::body_of(e); }
  static result<std::string> recorded_reply(const entity_key&, const command& c, const std::vector<entry>& entries) {
    std::vector<event> events;
    for (const entry& e : entries) {
      auto decoded = thread::decode_event(e.event.type, e.event.body);
      if (!decoded) return decoded.error();
      events.push_back(*std::move(decoded));
    }
    return thread::recorded_reply(std::get<thread::write>(c), events);
  }
};

} // namespace ropewalk::actors
