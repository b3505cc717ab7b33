#include <algorithm>

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/uuid.hpp"
#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/rules.hpp"

namespace ropewalk::workflow {
namespace {

struct waiting_phases {
  bool any = false;
  bool merges = false; // one of them merges the payload into the state
};

void look_for(const std::vector<phase>& list, const std::string& name, bool gathered, waiting_phases& found) {
  for (const phase& p : list) {
    if (p.does.kind == phase_kind::wait && p.does.target == name) {
      found.any = true;
      if (!gathered && p.result == result_rule::merge) found.merges = true;
    }
    for (const branch& b : p.branches) look_for(b.phases, name, false, found);
    look_for(p.each, name, true, found);
  }
}

std::string signal_reply(const std::string& id, const std::string& name, bool taken, bool repeated) {
  json_writer out;
  out.begin_object().field("id", id).field("name", name).field("taken", taken);
  if (repeated) out.field("repeated", true);
  out.end_object();
  return std::move(out).take();
}

} // namespace

result<decision> rule(const context& c, const signal& x) {
  if (auto fine = require_live(c); !fine) return fine.error();
  const instance& s = c.state;
  if (!x.id.empty() && std::find(s.signal_ids.begin(), s.signal_ids.end(), x.id) != s.signal_ids.end()) {
    const bool waits =
        std::any_of(s.signals.begin(), s.signals.end(), [&](const buffered_signal& b) { return b.id == x.id; });
    decision d;
    d.reply = signal_reply(x.id, x.name, !waits, true);
    return d;
  }
  if (s.status == instance_status::compensating)
    return refusal(errc::conflict, "workflow_stopping",
                   "workflow \"" + c.who.id + "\" is undoing what it did; no phase waits any more");
  waiting_phases waiting;
  look_for(s.definition->read.phases, x.name, false, waiting);
  if (!waiting.any)
    return refusal(errc::not_found, "unknown_signal",
                   "no phase of definition \"" + s.definition->read.name + "\" waits for a signal \"" + x.name + '"',
                   "name");
  if (waiting.merges && !x.payload.is_object())
    return invalid("payload", "the payload of \"" + x.name + "\" must be an object: it is merged into the state");
  const std::uint64_t bytes = compact_bytes(x.payload, limits::signal_bytes + 1);
  if (bytes > limits::signal_bytes)
    return refusal(errc::too_large, "signal_too_large",
                   "a signal's payload is at most " + std::to_string(limits::signal_bytes) + " bytes", "payload");
  if (s.signals.size() >= limits::signals_buffered || s.signal_bytes + bytes > limits::signals_buffered_bytes)
    return refusal(errc::limit, "signals_full",
                   "workflow \"" + c.who.id + "\" has " + std::to_string(s.signals.size()) + " signals of " +
                       std::to_string(s.signal_bytes) + " bytes that no phase took yet; it keeps at most " +
                       std::to_string(limits::signals_buffered) + " of " +
                       std::to_string(limits::signals_buffered_bytes) + " bytes");
  const std::string id = x.id.empty() ? make_uuid7(c.around.now, c.around.entropy_a, c.around.entropy_b) : x.id;
  drafting d(c.who, s, c.around);
  d.emit(signalled{id, x.name, x.payload});
  d.advance();
  const auto& left = d.state().signals;
  const bool taken = std::none_of(left.begin(), left.end(), [&](const buffered_signal& b) { return b.id == id; });
  return std::move(d).finish(signal_reply(id, x.name, taken, false));
}

} // namespace ropewalk::workflow
