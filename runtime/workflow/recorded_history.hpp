#pragma once
// An instance's history as a document, and its replay without a node: whether a definition, or a new version of the
// rules, still makes the same of what was recorded.
//
//   auto recorded = load_history(read_file("order-7.json"));       // of `ropewalk workflow history order-7 -o json`
//   if (!recorded) return recorded.error();                        // field "events[3].run", detail "must be ..."
//   auto report = replay_history(*recorded, changed_definition);   // its document; "" = the one it was recorded with
//   REQUIRE(!report->first);                                       // else what was recorded and what is decided now
//
//   {"format":1,"org":"acme","workflow":"order-7","events":[
//     {"version":1,"type":"started","time":"2026-01-31T09:05:00.000001Z","idempotency_key":"k1", …its own fields…},
//     {"version":2,"type":"scheduled","time":"…","run":1, …}],"version":2}
//
// Events are as the verb `history` answers them: all of them, from the start on. idempotency_key stands in the first event
// that a request with such a key came to.

#include <string>
#include <string_view>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "runtime/workflow/replay.hpp"

namespace ropewalk::workflow {

// Written, frozen.
inline constexpr int history_format = 1;

// One event of the document, compact.
std::string history_event(const entry_draft& e);

struct recorded_history {
  entity_key who;
  std::vector<entry_draft> events; // versions 1, 2, ...; none is empty of meaning: each can be read
};

// Strict. Errors: too_large beyond limits::history_bytes and limits::history_values; invalid with the place as field
// ("events[3].run") for everything else that breaks a rule, also for events that were left out.
result<recorded_history> load_history(std::string_view document);

// definition: a document to decide with in place of the pinned one; its name must be the same, its version counts for
// nothing. Errors: as parse_definition; invalid "definition" for another name, and for a branch, which began with what
// its own definition had made; invalid "events[n]" for an event that cannot follow.
result<replay_report> replay_history(const recorded_history& history, std::string_view definition = {});

} // namespace ropewalk::workflow
