#pragma once
// What the cluster's news mean for the partitions' actors.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/cluster/cluster_member.hpp"
#include "actors/cluster/handed_on_requests.hpp"
#include "actors/cluster/replica_reads.hpp"
#include "actors/definition_library.hpp"
#include "actors/journal_watch.hpp"
#include "actors/partition_table.hpp"
#include "actors/quarantine_desk.hpp"
#include "storage/view_applier.hpp"

namespace ropewalk::actors {

class served_partitions final : public cluster_watcher {
public:
  explicit served_partitions(partition_table& partitions) : partitions_(partitions) {}
  void watch(storage::journal_writer& writer, storage::view_applier& views) {
    views_.store(&views);
    writer_.store(&writer);
  }

  void watch(quarantine_desk& quarantine) { quarantine_.store(&quarantine); }

  void serves(partition_id p, std::uint64_t generation) override {
    partitions_.serve(p, generation, writer_.load()->durable_position());
  }
  void recover() override { taken_over_.fetch_add(1); }
  void serves_no_more(partition_id p, std::uint64_t generation) override {
    partitions_.lose(p, generation);
    if (auto* definitions = definitions_.load()) definitions->forget();
  }
  void drain(partition_id p, bool on) override { partitions_.drain(p, on); }
  void owner_is(partition_id p, const std::string& member, bool anew) override {
    if (!member.empty()) new_owners_told_.fetch_add(1);
    owner_news news{p, member, {}};
    if (anew) news.anew_since = handed_on_requests::clock::now();
    const std::scoped_lock lock(mutex_);
    new_owners_.push_back(std::move(news));
  }
  // On the main loop: nothing may wait where the news came from.
  void tell(handed_on_requests& handed_on) {
    std::vector<owner_news> news;
    {
      const std::scoped_lock lock(mutex_);
      news.swap(new_owners_);
    }
    for (const owner_news& n : news) handed_on.owner_is(n.partition, n.member, n.anew_since);
  }
  void replicated() override {
    if (auto* writer = writer_.load()) views_.load()->notify(writer->durable_position());
    if (auto* reads = reads_.load()) reads->look();
  }
  void written() override {
    if (auto* writer = writer_.load()) views_.load()->notify(writer->durable_position());
  }
  bool views_lag() override {
    const auto now = std::chrono::steady_clock::now();
    if (views_.load()->applied_position() >= views_awaited_) {
      views_awaited_ = writer_.load()->durable_position();
      views_reached_at_ = now;
    }
    return now - views_reached_at_ > std::chrono::seconds(2);
  }
  void program_too_old(const error& why) override {
    if (auto* stops = stops_.load()) stops->stop_for(why);
  }
  void watch(journal_watch& stops) { stops_.store(&stops); }
  void cut() override {
    if (auto* writer = writer_.load()) views_.load()->cut(writer->durable_position());
    if (auto* definitions = definitions_.load()) definitions->forget();
    if (auto* quarantine = quarantine_.load()) quarantine->count_again();
  }
  void watch(replica_reads* reads) { reads_.store(reads); }
  void watch(definition_library& definitions) { definitions_.store(&definitions); }
  std::uint64_t taken_over() const { return taken_over_.load(); }
  std::uint64_t new_owners() const {
    return new_owners_told_.load() + taken_over();
  } // of any partition, this node among them

private:
  struct owner_news {
    partition_id partition;
    std::string member;
    std::optional<handed_on_requests::clock::time_point> anew_since;
  };

  partition_table& partitions_;
  std::atomic<storage::journal_writer*> writer_{nullptr};
  std::atomic<storage::view_applier*> views_{nullptr};
  std::atomic<definition_library*> definitions_{nullptr};
  std::atomic<quarantine_desk*> quarantine_{nullptr};
  std::atomic<replica_reads*> reads_{nullptr};
  std::atomic<journal_watch*> stops_{nullptr};
  std::atomic<std::uint64_t> taken_over_{0}, new_owners_told_{0};
  std::mutex mutex_;
  std::vector<owner_news> new_owners_;
  // Of views_lag().
  std::uint64_t views_awaited_ = 0;
  std::chrono::steady_clock::time_point views_reached_at_{};
};

} // namespace ropewalk::actors
