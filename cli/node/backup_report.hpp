#pragma once
// What `backup` and `restore` show: how far they are, and what a backup is.

#include <string>

#include "cli/node/stop_signals.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"
#include "storage/backup.hpp"

namespace ropewalk::cli {

// One line for all of the work's parts; a signal ends it.
class backup_bar {
public:
  explicit backup_bar(const stop_signals& signals) : signals_(signals) {}
  storage::backup_progress told();
  void clear() { bar_.reset(); }

private:
  const stop_signals& signals_;
  const char* what_ = nullptr;
  std::optional<progress> bar_;
};

// verb: "backup" or "restored"; where: the directory that was made.
status_result show_backup(session& s, const storage::backup_manifest& m, const char* verb, const std::string& where);

} // namespace ropewalk::cli
