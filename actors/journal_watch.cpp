#include "actors/journal_watch.hpp"

#include "actors/log.hpp"
#include "actors/partition_table.hpp"
#include "actors/recovery_rounds.hpp"
#include "actors/request_intake.hpp"

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
    if (auto* recovery = recovery_.load()) recovery->call_after_failure();
  }
}

void journal_watch::stop_for(const error& why) {
  if (fatal_.load()) return;
  log_line(log_level::error, "the node stops", {{"reason", why.detail}, {"type", why.type}, {"where", why.field}});
  fatal_.store(std::make_shared<const error>(why));
  if (auto* intake = intake_.load()) intake->refuse_all(error{errc::unavailable, why.type, why.detail, {}});
}

void journal_watch::watch(storage::journal_writer& writer, request_intake& intake, recovery_rounds& recovery) {
  recovery_.store(&recovery);
  writer_.store(&writer);
  intake_.store(&intake);
}

} // namespace ropewalk::actors
