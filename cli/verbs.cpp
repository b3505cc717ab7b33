#include "cli/verbs.hpp"

#include "cli/checkpoint/verbs.hpp"
#include "cli/cluster/verbs.hpp"
#include "cli/keyring/verbs.hpp"
#include "cli/quarantine/verbs.hpp"
#include "cli/schedule/verbs.hpp"
#include "cli/thread/verbs.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {

void add_verbs(command_line& line) {
  add_dev(line);
  add_node(line);
  add_thread_noun(line);
  add_workflow_noun(line);
  add_schedule_noun(line);
  add_checkpoint_noun(line);
  add_keyring_noun(line);
  add_cluster_noun(line);
  add_quarantine_noun(line);
  add_context_noun(line);
  add_status(line);
  add_health(line);
  add_doctor(line);
  add_rebuild_views(line);
  add_verify(line);
  add_backup(line);
  add_restore(line);
  add_wire_reference(line);
  add_completion(line);
  add_version(line);
}

} // namespace ropewalk::cli
