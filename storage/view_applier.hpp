#pragma once
// Follows the journal into the views: one thread, one transaction a batch, the applied position in the same
// transaction as the rows. The views are a cache: whatever is wrong with their file (gone, other schema, other
// journal, ahead of the journal, corrupt, power cut), it is thrown away and built again from position 0.
//
//   view_applier views({.views_file = dir / "views.db", .journal_file = dir / "journal.db"});
//   if (auto started = views.start(); !started) return started.error();
//   writer's listener:  views.notify(position);            // after a commit
//   a read:             views.wait_for(position, deadline) // or view_readers::post
//
// Full text is a second step with a position of its own: see view_pace.hpp.
//
// Pace: nobody waits: batches of up to 4,096 entries and pauses of twice the time they took, shorter with
// growing lag and none beyond 200,000 entries, so that appends keep the cores. Somebody waits: full speed.
// Idle: no wake-ups at all.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/result.hpp"
#include "storage/journal.hpp"

namespace ropewalk::storage {

struct view_settings {
  std::filesystem::path views_file;
  std::filesystem::path journal_file;
  journal_options journal; // for its reader
  // Told (applier's thread) when rows or full text cannot follow any more, and with nullptr when both go on.
  std::function<void(const error* why)> on_failing{};
};

struct view_progress {
  std::uint64_t applied = 0;          // journal position
  std::uint64_t indexed = 0;          // position up to which full text has followed
  std::uint64_t target = 0;           // last position known to be durable
  bool rebuilding = false;            // applied has not reached the target at the rebuild's begin yet
  std::uint64_t repairs = 0;          // after cuts, since start()
  std::uint64_t rebuilds = 0;         // likewise
  std::string rebuild_reason;         // of the last one; "" = none
  std::uint64_t faults = 0;           // entries that could not be projected (table faults of the file)
  std::optional<error> failing;       // why nothing is applied at the moment; tried again within a second
  std::optional<error> index_failing; // why full text alone does not follow, likewise
  std::uint64_t bytes = 0;            // size of the file and its log
  std::uint64_t lag() const noexcept { return target > applied ? target - applied : 0; }
  std::uint64_t index_lag() const noexcept { return target > indexed ? target - indexed : 0; }
};

class view_applier {
public:
  using clock = std::chrono::steady_clock;

  explicit view_applier(view_settings settings);
  ~view_applier(); // stop()
  view_applier(const view_applier&) = delete;
  view_applier& operator=(const view_applier&) = delete;

  // The journal must exist. Opens or rebuilds the file; the work itself goes on behind.
  status_result start();
  // Ends after the batch at hand; marks the file as cleanly closed. Readers must have been stopped before.
  void stop();

  // --- any thread ---

  // Everything up to here shows in the views. During a rebuild it starts again from 0; 0 as well while a cut waits for its repair.
  std::uint64_t applied_position() const noexcept;
  // The journal is durable up to here. Cheap.
  void notify(std::uint64_t durable_position) noexcept;
  // Entries were cut off the journal, which is durable up to here. Told before notify() and before anybody may ask for what
  // replaces them: from now on until the rows are repaired nothing counts as applied, and readers wait.
  void cut(std::uint64_t durable_position) noexcept;
  // Somebody will wait for this position: hurry. Does not block.
  void want(std::uint64_t position) noexcept;
  // false: not reached in time, or stopped.
  bool wait_for(std::uint64_t position, clock::time_point deadline);
  // The same for full text.
  std::uint64_t indexed_position() const noexcept;
  void want_index(std::uint64_t position) noexcept;
  bool wait_for_index(std::uint64_t position, clock::time_point deadline);
  // Throws the file away and builds a new one; returns at once. Until it has caught up with the journal's
  // position of now, reads wait.
  void rebuild(std::string reason = "asked for");
  view_progress progress() const;
  // view_progress::failing alone; cheap while all is well.
  std::optional<error> failing() const;
  // The same of view_progress::index_failing.
  std::optional<error> index_failing() const;

  // --- for view_readers ---

  // Reads must not be served below this, whatever they asked for; 0 unless a rebuild or a repair is under way.
  std::uint64_t floor_position() const noexcept;
  // Counts the files: a connection opened under another number reads a file that is gone.
  std::uint64_t generation() const noexcept;
  // How far a file that was opened under `generation` and says `applied` shows the journal: further than it says where all that
  // stood behind was cut off, of which no row can tell.
  std::uint64_t reach_of(std::uint64_t generation, std::uint64_t applied) const;
  const std::filesystem::path& file() const noexcept;
  // Told (applier's thread) after each batch and each change of file. One listener; nullptr to end, after
  // which it is not called any more.
  void on_applied(std::function<void()> listener);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace ropewalk::storage
