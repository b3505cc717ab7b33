#pragma once
// Tells the partitions that their memory is void, and the main loop if the node must stop.

#include <atomic>
#include <memory>

#include "runtime/result.hpp"
#include "storage/journal_writer.hpp"

namespace ropewalk::actors {

class partition_table;
class request_intake;
class recovery_rounds;

class journal_watch final : public storage::journal_writer::failure_listener {
public:
  journal_watch(partition_table& partitions, bool of_cluster) : partitions_(partitions), of_cluster_(of_cluster) {}
  void on_journal_failure(const storage::journal_writer::failure& f) override;
  void stop_for(const error& why); // nothing is wrong with the journal, but the node cannot go on
  // Failures are told to all of these from then on; those who lost their memory are called again.
  void watch(storage::journal_writer& writer, request_intake& intake, recovery_rounds& recovery);
  std::shared_ptr<const error> fatal() const { return fatal_.load(); }

private:
  partition_table& partitions_;
  const bool of_cluster_;
  std::atomic<storage::journal_writer*> writer_{nullptr};
  std::atomic<request_intake*> intake_{nullptr};
  std::atomic<recovery_rounds*> recovery_{nullptr};
  std::atomic<std::shared_ptr<const error>> fatal_;
};

} // namespace ropewalk::actors
