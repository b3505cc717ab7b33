#include "actors/journal_watch.hpp"

#include "actors/log.hpp"
#include "actors/partition_table.hpp"
#include "actors/request_intake.hpp"
#include "actors/schedule_roll_call.hpp"
#include "actors/workflow_recovery.hpp"

namespace ropewalk::actors {

void journal_watch::on_journal_failure(const storage::journal_writer::failure& f) {
  log_line(log_level::error, f.fatal ? "journal failed, the node stops" : "journal refused a write",
           {{"reason", f.why.detail}, {"type", f.why.type}});
  if (f.fatal) {
    auto why = std::make_shared<const error>(f.why);
    fatal_.store(why);
    if (auto* intake = intake_.load())
      intake->refuse_all(error{errc::unavailable, "journal_failed", "the node's journal failed: " + f.why.detail, {}});
  } else if (auto* writer = writer_.load(); writer && !of_cluster_) { // replication itself begins again
    partitions_.tell_all_failed(writer->generation());
    // What the lost memory had decided to hand out.
    if (auto* readers = readers_.load()) recover_workflows(*readers, partitions_, writer->durable_position());
    if (auto* schedules = schedules_.load()) schedules->call(writer->durable_position());
  }
}

void journal_watch::stop_for(const error& why) {
  if (fatal_.load()) return;
  log_line(log_level::error, "the node stops", {{"reason", why.detail}, {"type", why.type}, {"where", why.field}});
  fatal_.store(std::make_shared<const error>(why));
  if (auto* intake = intake_.load()) intake->refuse_all(error{errc::unavailable, why.type, why.detail, {}});
}

void journal_watch::watch(storage::journal_writer& writer, request_intake& intake, storage::view_readers& readers,
                          schedule_roll_call& schedules) {
  schedules_.store(&schedules);
  writer_.store(&writer);
  intake_.store(&intake);
  readers_.store(&readers);
}

} // namespace ropewalk::actors
