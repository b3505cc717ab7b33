#include "actors/cluster/cluster_status.hpp"

#include <algorithm>

#include "runtime/json_writer.hpp"

namespace ropewalk::actors {

std::string render_partitions(const cluster_member& member, const storage::quarantine_figures& quarantined,
                              std::uint64_t handed_on) {
  const cluster_settings& s = member.settings();
  json_writer out;
  out.begin_object().field("node", member.self()).field("cluster", s.id);
  out.key("members").begin_array();
  std::vector<std::string> all; // of any partition, while they are changed one after the other
  for (std::uint16_t p = 0; p < s.partitions; ++p)
    for (std::string& m : member.facts(partition_id{p}).members.all())
      if (std::find(all.begin(), all.end(), m) == all.end()) all.push_back(std::move(m));
  for (const std::string& m : all) out.value(m);
  out.end_array()
      .field("guaranteed_peers", std::uint64_t{member.guaranteed_peers()})
      .field("takes_part", member.takes_part())
      .field("quarantined", quarantined.all())
      .field("quarantine_alarm", quarantined.alarming())
      .field("handed_on", handed_on);
  out.key("partitions").begin_array();
  for (std::uint16_t p = 0; p < s.partitions; ++p) {
    const replica_facts f = member.facts(partition_id{p});
    out.begin_object()
        .field("partition", std::uint64_t{p})
        .field("stage", f.stage)
        .field("owner", f.owner)
        .field("serving", f.serving)
        .field("epoch", f.epoch)
        .field("generation", f.generation)
        .field("head", f.head)
        .field("accepted", f.accepted)
        .field("durable", f.durable)
        .field("standing", f.full_standing)
        .field("resting", f.resting)
        .field("stream_silent_ms", f.stream_silent_ms);
    out.key("members").begin_array();
    for (const std::string& m : f.members.all()) out.value(m);
    out.end_array()
        .field("guaranteed_peers", std::uint64_t{f.members.last().guaranteed_peers})
        .field("changing", f.members.next.has_value())
        .field("level", std::uint64_t{f.members.level})
        .end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

std::string render_change(replication::members_progress state) {
  static constexpr const char* names[] = {"done", "learning", "waiting", "changing"};
  json_writer out;
  out.begin_object().field("state", names[static_cast<std::size_t>(state)]).end_object();
  return std::move(out).take();
}

} // namespace ropewalk::actors
