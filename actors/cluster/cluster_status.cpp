#include "actors/cluster/cluster_status.hpp"

#include "runtime/json_writer.hpp"

namespace ropewalk::actors {

std::string render_partitions(const cluster_member& member, const storage::quarantine_figures& quarantined,
                              std::uint64_t handed_on) {
  const cluster_settings& s = member.settings();
  json_writer out;
  out.begin_object().field("node", member.self()).field("cluster", s.id);
  out.key("members").begin_array();
  for (const std::string& m : s.members) out.value(m);
  out.end_array().field("guaranteed_peers", std::uint64_t{s.guaranteed_peers}).field("quarantined", quarantined.all());
  out.field("quarantine_alarm", quarantined.alarming());
  out.field("handed_on", handed_on);
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
        .end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

} // namespace ropewalk::actors
