#include "cli/quarantine/verbs.hpp"

namespace ropewalk::cli {

void add_quarantine_noun(command_line& line) {
  CLI::App& quarantine =
      line.noun("quarantine", "entries that the cluster went on without: list, show, offer again, discard");
  add_quarantine_list(line, quarantine);
  add_quarantine_show(line, quarantine);
  add_quarantine_offer(line, quarantine);
  add_quarantine_discard(line, quarantine);
}

} // namespace ropewalk::cli
