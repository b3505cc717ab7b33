#pragma once
// How an instance shows itself: the workflow object of the wire, where it stands, its state and steps.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/workflow/lines.hpp"
#include "runtime/workflow/liveness.hpp"
#include "runtime/workflow/replay.hpp"

namespace ropewalk {
class json_writer;
} // namespace ropewalk

namespace ropewalk::workflow {

// {"id","org","definition":{"name","version"},"status",…,"runs":[{"run","phase","kind","status","attempt","attempts"?,
//  "last_error"?,"waiting_for","since","next_attempt_at"?,"deadlines"?,…}],"signals":[…],"late_results":{…}}
// At most some 550 KiB, whatever the instance holds: behind the first 128 KiB errors' messages are shortened, and lists that
// are longer still end with "<list>_left_out": how many more there are.
std::string render_workflow(const entity_key& who, const instance& s, const liveness* alive);

// How it ended: {"status","state"? or "error"?,"version","ended_at"}. timeout "still_running"; unavailable
// "workflow_crashed". A state that does not fit a reply is "state_left_out":true,"state_bytes":n, here and in get.
result<std::string> result_reply(const entity_key& who, const instance& s);

// The reads: {"workflow":{…},"state":{…}}; {"pointer","value"}, or too_large "reply_too_large";
// {"run","steps":[{"step","recorded"}]}.
result<std::string> read_reply(const entity_key& who, const instance& s, const liveness* alive, const get& x);
result<std::string> read_reply(const entity_key& who, const instance& s, const query& x);
result<std::string> read_reply(const entity_key& who, const instance& s, const read_steps& x);

// A recorded state: {"version","time","status","state"}, or too_large "reply_too_large". With an offset a piece of the
// state's compact JSON text instead: {"version","time","status","data","offset","state_bytes","next_offset"?}; the pieces in
// their order are the text.
result<std::string> state_reply(const instance& s, std::optional<std::uint64_t> offset);

// Into an object of a reply: a piece of a text that fits none, from that byte on: "data", "offset", <size> (of the whole text),
// "next_offset"?. The text is compact JSON. invalid "offset".
status_result write_piece(json_writer& out, std::string_view text, std::uint64_t offset, std::string_view size);

// Of a dry replay: {"matches","events","divergence"?:{"version","expected","got"}}.
std::string replay_reply(const replay_report& r);

// too_large "reply_too_large" for an answer that is larger than a reply.
status_result fits_reply(std::string_view what, std::size_t bytes);

} // namespace ropewalk::workflow
