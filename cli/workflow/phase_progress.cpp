#include "cli/workflow/phase_progress.hpp"

#include "cli/wire_client.hpp"

namespace ropewalk::cli {
namespace {

struct meaning {
  std::string_view event, mark;
  bool over; // of the run
};
constexpr meaning meanings[] = {
    {"scheduled", "scheduled", false},
    {"attempt_failed", "waiting", false},
    {"completed", "completed", true},
    {"failed", "failed", true},
    {"cancelled", "cancelled", true},
    {"skipped", "skipped", true},
    {"compensation_scheduled", "being undone", false},
    {"compensation_completed", "undone", true},
    {"compensation_failed", "not undone", true},
};

} // namespace

void phase_progress::on(json_view event) {
  const std::string type = reply_document::text_of(event, "type");
  for (const meaning& m : meanings) {
    if (m.event != type) continue;
    const std::int64_t run = reply_document::number_of(event, "run");
    std::string phase = reply_document::text_of(event, "phase");
    if (phase.empty()) phase = phases_[run];
    if (m.over) phases_.erase(run);
    else phases_[run] = phase;
    if (!phase.empty()) marks_[phase] = m.mark;
    return;
  }
}

void phase_progress::on_open_run(json_view run) {
  if (run.find("compensates")) return; // its event said so
  marks_[reply_document::text_of(run, "phase")] = reply_document::text_of(run, "status");
}

} // namespace ropewalk::cli
