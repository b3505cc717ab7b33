#pragma once
// What a worker is given, and what it says: the messages of docs/workflows.md, "Workers".

#include <string>
#include <string_view>
#include <variant>

#include "runtime/entity_key.hpp"
#include "runtime/workflow/machine.hpp"

namespace ropewalk::actors {

// {"workflow","org","run","attempt","phase","compensation"?,"input","token","subject","deadlines"?}; subject: of the
// instance, for the verbs complete, heartbeat and step.*.
std::string render_work(std::string_view prefix, const entity_key& instance, const workflow::dispatch& d,
                        std::string_view token);

struct still_at_it {
  std::optional<workflow::json_value> progress;
};
using worker_reply = std::variant<still_at_it, workflow::outcome>;

// {"result":…}, {"error":{"code","message","final"?}}, {"heartbeat":true} or {"progress":…}. Rubbish is an error of
// the attempt, code "bad_result".
worker_reply read_worker_reply(std::string_view body);

} // namespace ropewalk::actors
