// How fast a member that lost its disk learns everything again, against how fast owners write. The streams are trimmed behind
// what all members have before its disk goes, so that the others' disks are the only place where it can come from.

#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sqlite3.h>

#include "bench/cluster_nodes.hpp"
#include "bench/cluster_sections.hpp"
#include "bench/cluster_threads.hpp"
#include "bench/jetstream_servers.hpp"
#include "bench/partition_stands.hpp"
#include "bench/stream_facts.hpp"

namespace ropewalk::bench {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto trim_patience = 90s; // owners trim every four leases
constexpr auto takeover_patience = 60s;
constexpr auto catch_up_patience = 900s;
constexpr auto look_every = 20ms;
constexpr std::uint64_t records_left = 64; // of a stream: an owner does not trim for a few

std::uint64_t entries_of(const std::vector<member_stand>& all) {
  std::uint64_t entries = 0;
  for (int p = 0; p < partitions_count; ++p) {
    const int owner = owner_of(all, p);
    if (owner < 0) throw std::runtime_error("partition " + std::to_string(p) + " has no owner");
    entries += all[static_cast<std::size_t>(owner)][static_cast<std::size_t>(p)].accepted;
  }
  return entries;
}

struct left_in_streams {
  std::size_t trimmed = 0;                   // streams that begin close to their end
  std::uint64_t records = 0, of_records = 0; // still there, ever written
};

left_in_streams look_at_streams(nats_connection& client, const std::string& cluster) {
  left_in_streams left;
  for (const stream_facts& s : facts_of(client, partition_streams(client, cluster))) {
    if (s.first > 1 && s.messages <= records_left) ++left.trimmed;
    left.records += s.messages;
    left.of_records += s.last;
  }
  return left;
}

left_in_streams wait_trimmed(nats_connection& client, const std::string& cluster) {
  for (const auto give_up = clock::now() + trim_patience;; std::this_thread::sleep_for(500ms)) {
    const left_in_streams left = look_at_streams(client, cluster);
    if (left.trimmed == partitions_count || clock::now() > give_up) return left;
  }
}

// The others have taken over what it owned, so that its way back begins with nothing but learning.
void wait_taken_over(nats_connection& client, int from) {
  for (const auto give_up = clock::now() + takeover_patience;; std::this_thread::sleep_for(look_every)) {
    const auto all = stands(client, 500ms);
    bool served = true;
    for (int node = 0; node < cluster_size; ++node) served = served && (node == from || has_all(all, node));
    if (served) return;
    if (clock::now() > give_up) throw std::runtime_error("the partitions of a member that is gone are not served");
  }
}

nanoseconds wait_caught_up(nats_connection& client, int node, clock::time_point since) {
  for (const auto give_up = since + catch_up_patience;; std::this_thread::sleep_for(look_every)) {
    if (has_all(stands(client), node)) return clock::now() - since;
    if (clock::now() > give_up) throw std::runtime_error(node_name(node) + " does not catch up");
  }
}

enum class disk : bool { kept, wiped };

// Without it the others serve, and nothing is written: what it learns, it learns from its start on.
nanoseconds time_back(nats_connection& client, cluster_nodes& nodes, int node, disk what) {
  nodes.kill(node);
  if (what == disk::wiped) nodes.wipe(node);
  wait_taken_over(client, node);
  const auto since = clock::now();
  nodes.start(node);
  return wait_caught_up(client, node, since);
}

struct journal_contents {
  std::uint64_t entries = 0;
  double body_bytes = 0;
};

// Read beside the node that writes it.
journal_contents contents_of(const std::filesystem::path& journal) {
  sqlite3* db = nullptr;
  sqlite3_stmt* sums = nullptr;
  journal_contents found;
  const bool read = sqlite3_open_v2(journal.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK &&
                    sqlite3_prepare_v2(db, "SELECT count(*), sum(length(CAST(body AS BLOB))) FROM entries", -1, &sums,
                                       nullptr) == SQLITE_OK &&
                    sqlite3_step(sums) == SQLITE_ROW;
  if (read) found = {static_cast<std::uint64_t>(sqlite3_column_int64(sums, 0)), sqlite3_column_double(sums, 1)};
  const std::string problem = read ? "" : sqlite3_errmsg(db);
  sqlite3_finalize(sums);
  sqlite3_close(db);
  if (!read) throw std::runtime_error(journal.string() + ": " + problem);
  return found;
}

} // namespace

section catch_up_section(const cluster_settings& settings) {
  const scratch_directory scratch{settings.data};
  const jetstream_servers nats{scratch.path(), 1};
  nats_connection client{nats.url(), "bench"};
  cluster_nodes nodes{settings, scratch.path() / "catch_up", {.nats_urls = nats.urls(), .level = "peers"}};
  section s{.title = "Catch-up",
            .explanation = {},
            .columns = {"round", "entries", "bodies", "with its disk", "in step after", "entries/s", "bytes/s",
                        "appends/s", "of appends"},
            .rows = {}};
  wait_in_step(client);
  spread_owners(client);
  const double appends =
      make_and_append_to(client, {.in_flight = full_load, .requests = settings.catch_up_entries}, {"c", threads_count})
          .rate();
  std::fprintf(stderr, "%llu appends: %.0f/s\n", static_cast<unsigned long long>(settings.catch_up_entries), appends);
  std::string streams;
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    wait_in_step(client);
    const int victim = static_cast<int>(round) % cluster_size;
    const nanoseconds with_disk = time_back(client, nodes, victim, disk::kept);
    wait_in_step(client);
    const left_in_streams left = wait_trimmed(client, nodes.cluster());
    streams += (round ? "; " : "") + std::to_string(left.trimmed) + " of " + std::to_string(partitions_count) +
               " streams trimmed, " + std::to_string(left.records) + " of " + std::to_string(left.of_records) +
               " records left";
    const std::uint64_t entries = entries_of(stands(client));
    const nanoseconds took = time_back(client, nodes, victim, disk::wiped);
    const double seconds = std::chrono::duration<double>(took).count();
    const journal_contents learned = contents_of(nodes.directory(victim) / "journal.db");
    if (learned.entries < entries) throw std::runtime_error("a member in step does not have all entries");
    const double bytes = learned.body_bytes;
    const double rate = static_cast<double>(entries) / seconds;
    s.rows.push_back({std::to_string(round + 1), std::to_string(entries), bytes_text(bytes), duration_text(with_disk),
                      duration_text(took), number_text(rate), bytes_text(bytes / seconds), number_text(appends),
                      ratio_text(rate / appends)});
    std::fprintf(stderr, "round %zu: %llu entries in %.2f s\n", round + 1, static_cast<unsigned long long>(entries),
                 seconds);
  }
  s.explanation = "A member of three is killed and its directory removed; once the others serve everything, without a "
                  "load, it is started "
                  "again: *in step after* the time from there until it holds what the owners hold, in full standing in "
                  "all 16 partitions. "
                  "*with its disk*: the same with nothing removed, what a start takes anyhow. *bodies*: of these "
                  "entries, on its new disk. "
                  "*appends*: those that had written it, `peers` with 256 in flight. It comes from the other members: "
                  "before each kill, by "
                  "round, " +
                  streams + ".";
  return s;
}

} // namespace ropewalk::bench
