#include "runtime/workflow/state.hpp"

#include "runtime/invariant.hpp"

namespace ropewalk::workflow {

std::string_view name(run_status status) noexcept {
  switch (status) {
  case run_status::scheduled: return "scheduled";
  case run_status::waiting: return "waiting";
  case run_status::completed: return "completed";
  case run_status::failed: return "failed";
  case run_status::skipped: return "skipped";
  case run_status::cancelled: return "cancelled";
  }
  return "scheduled";
}

void apply_drafted(workflow_state& state, const event& e, const entry_draft& draft) {
  INVARIANT(draft.version == state.version + 1, draft.version, state.version);
  apply(state, e, draft.time);
  if (draft.idempotency) state.keys.record(*draft.idempotency, draft.version, draft.time);
}

status_result apply_entry(workflow_state& state, const entry_draft& draft) {
  if (draft.version != state.version + 1)
    return error{errc::corrupt,
                 "version_gap",
                 "entry of version " + std::to_string(draft.version) + " after version " +
                     std::to_string(state.version),
                 {}};
  auto e = decode_event(draft.type, draft.body);
  if (!e) return e.error();
  if (auto fine = fits(state, *e); !fine) return fine;
  apply_drafted(state, *e, draft);
  return ok();
}

} // namespace ropewalk::workflow
