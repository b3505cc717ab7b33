#pragma once
// How an instance shows itself: the workflow object of the wire, where it stands, its state and steps.

#include <string>

#include "runtime/workflow/lines.hpp"
#include "runtime/workflow/liveness.hpp"

namespace ropewalk::workflow {

// {"id","org","definition":{"name","version"},"status",…,"runs":[{"run","phase","kind","status","attempt","attempts"?,
//  "last_error"?,"waiting_for","since","next_attempt_at"?,"deadlines"?,…}],"signals":[…],"late_results":{…}}
std::string render_workflow(const entity_key& who, const instance& s, const liveness* alive);

// How it ended: {"status","state"? or "error"?,"version","ended_at"}. timeout "still_running"; unavailable
// "workflow_crashed".
result<std::string> result_reply(const entity_key& who, const instance& s);

// The reads: {"workflow":{…},"state":{…}}; {"pointer","value"}; {"run","steps":[{"step","recorded"}]}.
result<std::string> read_reply(const entity_key& who, const instance& s, const liveness* alive, const get& x);
result<std::string> read_reply(const entity_key& who, const instance& s, const query& x);
result<std::string> read_reply(const entity_key& who, const instance& s, const read_steps& x);

} // namespace ropewalk::workflow
