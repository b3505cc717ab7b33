#pragma once
// Any history of a few threads: appends, edits, removals, trims, forks, ends.

#include <string>
#include <vector>

#include "tests/random_seed.hpp"
#include "tests/storage/thread_world.hpp"

namespace ropewalk::tests {

// One random command; refusals are fine, they change nothing.
inline void act_on_threads(thread_world& w, random_seed& seed) {
  const std::string org = seed.one_in(4) ? "other" : "acme";
  const std::string id = "t" + std::to_string(seed.below(6));
  const auto& t = w.threads[{org, id}];
  const std::uint64_t seq = 1 + seed.below(t.state.messages.last_seq() + 1);
  const auto words = [&] {
    std::string text;
    for (auto n = seed.below(8); n-- > 0;) text += "word" + std::to_string(seed.below(30)) + " ";
    return text;
  };
  const auto draft = [&] {
    thread::message_draft m;
    m.author = seed.one_in(8) ? thread::role::system : seed.one_in(2) ? thread::role::assistant : thread::role::user;
    append_json_string(m.content_json = "", words());
    if (seed.one_in(10)) m.id = "id" + std::to_string(seed.below(20));
    if (seed.one_in(5)) m.sender = "s" + std::to_string(seed.below(3));
    return m;
  };
  switch (seed.below(24)) {
  case 0: {
    thread::create c;
    c.user = seed.one_in(2) ? "ann" : "";
    c.tags = {"a", "b"};
    if (seed.one_in(2)) c.tags.pop_back();
    c.limits.max_messages = seed.one_in(2) ? 6 : 0;
    if (seed.one_in(3)) c.limits.ttl_s = 3600;
    (void)w.command(org, id, thread::write{c});
    return;
  }
  case 1: (void)w.command(org, id, thread::write{thread::clear{}}); return;
  case 2:
    if (seed.one_in(3)) (void)w.command(org, id, thread::write{thread::remove_thread{""}});
    return;
  case 3: {
    thread::update u;
    u.limits.max_messages = seed.below(8);
    u.tags = std::vector<std::string>{"c" + std::to_string(seed.below(3))};
    (void)w.command(org, id, thread::write{u});
    return;
  }
  case 4:
  case 5:
  case 6: {
    thread::fork f;
    if (seed.one_in(2)) f.at = thread::message_ref{seq, {}};
    f.child_id = "t" + std::to_string(seed.below(9));
    w.lose_effects = seed.one_in(4);
    (void)w.command(org, id, thread::write{f});
    w.lose_effects = false;
    return;
  }
  case 7: (void)w.command(org, id, thread::wake{}); return;
  case 8: (void)w.command(org, id, thread::write{thread::suspend{"x"}}); return;
  case 9:
  case 10: (void)w.command(org, id, thread::write{thread::resume{}}); return;
  case 11:
  case 12:
  case 13: {
    thread::edit e;
    e.message.seq = seq;
    append_json_string(e.content_json.emplace(), words());
    (void)w.command(org, id, thread::write{e});
    return;
  }
  case 14:
  case 15: (void)w.command(org, id, thread::write{thread::remove_message{{seq, {}}}}); return;
  default: {
    thread::append a;
    for (auto n = 1 + seed.below(3); n-- > 0;) a.messages.push_back(draft());
    a.batch = true;
    (void)w.command(org, id, thread::write{a});
  }
  }
}

} // namespace ropewalk::tests
