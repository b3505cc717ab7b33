// ropewalk schedule pause

#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/verbs.hpp"

namespace ropewalk::cli {

void add_schedule_pause(command_line& line, CLI::App& schedule) {
  auto o = std::make_shared<note_options>();
  CLI::App& verb = line.verb(
      schedule, {.name = "pause",
                 .summary = "Let a schedule fire no more",
                 .details = "What runs goes on. Times that pass meanwhile are not made up for; `backfill` does that.",
                 .example = "ropewalk schedule pause nightly --note \"the provider is down\""});
  add_note_options(verb, *o);
  line.on(verb, [o](session& s) { return change_with_note(s, *o, "pause"); });
}

} // namespace ropewalk::cli
