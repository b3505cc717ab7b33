#include "actors/node_status.hpp"

#include <system_error>

#include "actors/down_entities.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::actors {

disk_space space_of(const std::filesystem::path& directory) {
  std::error_code failed;
  const std::filesystem::space_info space = std::filesystem::space(directory, failed);
  return failed ? disk_space{} : disk_space{space.available, space.capacity};
}

std::string render_health(const std::string& node, const char* status, const std::string& detail) {
  json_writer out;
  out.begin_object().field("status", status).field("node", node);
  if (!detail.empty()) out.field("detail", detail);
  out.end_object();
  return std::move(out).take();
}

std::string render_status(const node_settings& s, const node_figures& f) {
  json_writer out;
  out.begin_object()
      .field("node", s.name)
      .field("version", node_version)
      .field("cluster", f.cluster)
      .field("started_at", f.started_at)
      .field("uptime_s", (f.now.us - f.started_at.us) / 1'000'000)
      .field("partitions", std::uint64_t{f.partitions})
      .field("active_entities", f.active_entities)
      .field("in_flight", f.in_flight)
      .field("quarantined", f.quarantined.all());
  out.key("quarantine").begin_object().field("local", f.quarantined.local).field("log", f.quarantined.log);
  out.field("peers", f.quarantined.peers).field("unknown", f.quarantined.unknown).end_object();
  out.key("journal").begin_object().field("position", f.journal_position).field("bytes", f.journal_bytes).end_object();
  const std::uint64_t lag = f.journal_position > f.views_position ? f.journal_position - f.views_position : 0;
  out.key("views").begin_object().field("position", f.views_position).field("lag", lag).field("bytes", f.views_bytes);
  if (f.views_failing) out.field("failing", f.views_failing->detail);
  if (f.index_failing) out.field("index_failing", f.index_failing->detail);
  out.end_object();
  out.key("disk").begin_object().field("free_bytes", f.disk.free_bytes).field("total_bytes", f.disk.total_bytes);
  out.end_object().field("time", f.now);
  out.key("keyring").begin_object().field("source", f.keyring.source).field("active", f.keyring.active);
  out.field("created", f.keyring.created).field("keys", f.keyring.keys).field("loaded_at", f.keyring.loaded_at);
  if (f.keyring.failing) out.field("failing", f.keyring.failing->detail);
  out.end_object().field("refused_checkpoints", f.refused_checkpoints);
  out.key("down");
  f.down->render(out);
  out.key("settings")
      .begin_object()
      .field("prefix", s.prefix)
      .field("threads_per_user", s.threads_per_user)
      .field("max_messages", s.max_messages)
      .field("ttl_seconds", s.ttl_s)
      .field("max_active", s.max_active)
      .field("idle_after_s", s.idle_after_s)
      .field("max_in_flight", s.max_in_flight)
      .field("request_bytes", std::uint64_t{s.request_bytes})
      .field("content_bytes", std::uint64_t{s.content_bytes})
      .end_object()
      .end_object();
  return std::move(out).take();
}

} // namespace ropewalk::actors
