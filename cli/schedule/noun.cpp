
#include "cli/schedule/verbs.hpp"

namespace ropewalk::cli {

void add_schedule_noun(command_line& line) {
  CLI::App& schedule =
      line.noun("schedule", "workflows that start by the clock: create, look, pause, trigger, backfill");
  add_schedule_create(line, schedule);
  add_schedule_update(line, schedule);
  add_schedule_apply(line, schedule);
  add_schedule_list(line, schedule);
  add_schedule_get(line, schedule);
  add_schedule_pause(line, schedule);
  add_schedule_unpause(line, schedule);
  add_schedule_trigger(line, schedule);
  add_schedule_backfill(line, schedule);
  add_schedule_delete(line, schedule);
}

} // namespace ropewalk::cli
