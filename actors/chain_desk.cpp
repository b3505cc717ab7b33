#include "actors/chain_desk.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/cluster/cluster_member.hpp"
#include "actors/entity_environment.hpp"
#include "actors/log.hpp"
#include "runtime/hex.hpp"
#include "runtime/json_writer.hpp"
#include "storage/chain_reader.hpp"
#include "storage/membership.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {
namespace {

const error no_cluster_here{errc::unsupported, "no_cluster", "this node is alone: it owns all of its partitions", {}};

// Evenly from `from` to `to`; one alone is `to`.
std::vector<std::uint64_t> places_of(const transport::read_chain& what) {
  const std::uint64_t width = what.to - what.from;
  const std::uint64_t steps = std::min<std::uint64_t>(what.count - 1, width);
  std::vector<std::uint64_t> places;
  for (std::uint64_t i = steps; i > 0; --i) places.push_back(what.to - width / steps * i - width % steps * i / steps);
  places.push_back(what.to);
  return places;
}

std::string render_chain(const std::string& node, const transport::read_chain& what, std::uint64_t durable,
                         storage::chain_file& chains) {
  json_writer out;
  out.begin_object().field("node", node).field("partition", what.partition).field("durable", durable);
  out.key("points").begin_array();
  for (const std::uint64_t index : places_of(what)) {
    if (index > durable || index == 0) continue;
    const auto point = chains.at(partition_id{static_cast<std::uint16_t>(what.partition)}, index);
    out.begin_object().field("index", index);
    if (point) out.field("hash", to_hex(point->hash));
    else out.field("unreadable", chains.take_failure().value_or(error{{}, {}, "the entry is missing", {}}).detail);
    out.end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

} // namespace

chain_desk::chain_desk(std::string node, storage::view_readers& readers, storage::journal_writer& writer,
                       std::filesystem::path journal_file, storage::journal_options options,
                       const storage::keyring_handle& keys, surroundings_source& around, const cluster_member* member)
    : node_(std::move(node)), readers_(readers), writer_(writer), journal_file_(std::move(journal_file)),
      options_(std::move(options)), keys_(keys), around_(around), member_(member) {}

chain_desk::~chain_desk() { stop(); }

void chain_desk::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

status_result chain_desk::has_partition(std::uint64_t partition) const {
  if (!member_) return no_cluster_here;
  const std::uint16_t count = member_->settings().partitions;
  if (partition < count) return ok();
  return invalid("partition", "must be 0 to " + std::to_string(count - 1) + ": the cluster has that many partitions");
}

// Of the journal alone, so it need not wait for any position of the views.
void chain_desk::chain(const transport::read_chain& what, shared_caller from) {
  if (auto fine = has_partition(what.partition); !fine) return from->refuse(fine.error());
  readers_.post_lengthy(0, [this, what, from = std::move(from)](result<storage::view_reader*> turn) {
    if (!turn) return from->refuse(turn.error());
    const std::uint64_t durable =
        member_->facts(partition_id{static_cast<std::uint16_t>(what.partition)}).durable;
    auto chains = storage::chain_file::open(journal_file_, options_);
    if (!chains) return from->refuse(chains.error());
    from->answer(render_chain(node_, what, durable, **chains));
  });
}

void chain_desk::relearn(const transport::relearn_partition& what, shared_caller from) {
  if (auto fine = has_partition(what.partition); !fine) return from->refuse(fine.error());
  if (member_->facts(partition_id{static_cast<std::uint16_t>(what.partition)}).members.all().size() < 2)
    return from->refuse({errc::conflict,
                         "nobody_to_learn_from",
                         "partition " + std::to_string(what.partition) +
                             " has no other member that is known to this one: restore a backup",
                         {}});
  log_line(log_level::warn, "an operator has a partition learned again",
           {{"partition", std::to_string(what.partition)}, {"from_index", std::to_string(what.from)}});
  writer_.relearn({partition_id{static_cast<std::uint16_t>(what.partition)}, what.from, what.hash, around_.look().now},
                  [from = std::move(from)](const status_result& done) {
                    if (!done) return from->refuse(done.error());
                    from->answer("{\"started\":true}");
                  });
}

void chain_desk::verify(const transport::verify_journal& what, caller from) {
  std::string text;
  {
    const std::scoped_lock lock(mutex_);
    if (what.start && audit_.what != audit::state::running && !stopping_) {
      if (thread_.joinable()) thread_.join(); // it has nothing more to do
      audit_ = {};
      audit_.what = audit::state::running;
      audit_.started_at = around_.look().now;
      thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "verify");
        run();
      });
    }
    text = render();
  }
  from.answer(text);
}

// After each piece as long a pause as it took: half of one core at most.
void chain_desk::run() {
  using clock = std::chrono::steady_clock;
  constexpr auto longest_pause = std::chrono::milliseconds(500);
  const auto keys = keys_.current();
  clock::time_point since = clock::now();
  const auto go_on = [&](std::uint64_t done, std::uint64_t all) {
    {
      const std::scoped_lock lock(mutex_);
      audit_.done = done;
      audit_.all = all;
    }
    if (stopping_) return false;
    std::this_thread::sleep_for(std::min<clock::duration>(clock::now() - since, longest_pause));
    since = clock::now();
    return !stopping_.load();
  };
  auto reader = storage::journal_reader::open(journal_file_, options_);
  auto report = reader ? reader->verify_chain(go_on, keys.get()) : result<storage::chain_report>(reader.error());
  const instant now = around_.look().now;
  if (report && report->first_bad)
    log_line(log_level::error, "the journal does not verify",
             {{"partition", std::to_string(report->first_bad->partition.value)},
              {"index", std::to_string(report->first_bad->index)},
              {"reason", report->first_bad->why}});
  const std::scoped_lock lock(mutex_);
  audit_.what = report ? audit::state::done : audit::state::failed;
  audit_.ended_at = now;
  if (report) audit_.report = *std::move(report);
  else audit_.detail = report.error().detail;
}

std::string chain_desk::render() const {
  constexpr const char* names[] = {"none", "running", "done", "failed"};
  json_writer out;
  out.begin_object().field("node", node_).field("state", names[static_cast<std::size_t>(audit_.what)]);
  out.field("done", audit_.done).field("all", audit_.all);
  if (audit_.what != audit::state::none) out.field("started_at", audit_.started_at);
  if (audit_.ended_at.us != 0) out.field("ended_at", audit_.ended_at);
  if (!audit_.detail.empty()) out.field("detail", audit_.detail);
  if (const auto& r = audit_.report) {
    const std::uint64_t refused = r->bad_checkpoints + r->unknown_key_checkpoints;
    out.key("report").begin_object().field("verified", !r->first_bad && refused == 0).field("entries", r->entries);
    out.field("checkpoints", r->checkpoints).field("refused_checkpoints", refused);
    out.field("bad_snapshots", r->bad_snapshots).field("quarantined", r->quarantined);
    out.field("damaged_quarantined", r->damaged_quarantined);
    if (r->first_bad)
      out.key("first_bad")
          .begin_object()
          .field("partition", std::uint64_t{r->first_bad->partition.value})
          .field("index", r->first_bad->index)
          .field("position", r->first_bad->position)
          .field("why", r->first_bad->why)
          .end_object();
    out.end_object();
  }
  out.end_object();
  return std::move(out).take();
}

} // namespace ropewalk::actors
