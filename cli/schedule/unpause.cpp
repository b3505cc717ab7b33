// ropewalk schedule unpause

#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/verbs.hpp"

namespace ropewalk::cli {

void add_schedule_unpause(command_line& line, CLI::App& schedule) {
  auto o = std::make_shared<note_options>();
  CLI::App& verb =
      line.verb(schedule, {.name = "unpause",
                           .summary = "Let a paused schedule go on",
                           .details = "With the first time after this moment.",
                           .example = "ropewalk schedule unpause nightly --note \"the provider is back\""});
  add_note_options(verb, *o);
  line.on(verb, [o](session& s) { return change_with_note(s, *o, "unpause"); });
}

} // namespace ropewalk::cli
