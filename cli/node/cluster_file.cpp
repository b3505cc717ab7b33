#include "cli/node/cluster_file.hpp"

#include <algorithm>
#include <set>

#include "cli/duration_text.hpp"
#include "cli/workflow/document_text.hpp"
#include "runtime/workflow/json_bridge.hpp"
#include "storage/journal.hpp"
#include "transport/stream_names.hpp"

namespace ropewalk::cli {
namespace {

using workflow::json_value;

constexpr std::size_t cluster_file_bytes = 64 << 10;
constexpr std::size_t most_members = 16, most_servers = 16, server_url_bytes = 256;
constexpr std::int64_t lease_min_ms = 300, lease_max_ms = 60'000;

class cluster_fields {
public:
  explicit cluster_fields(const json_value& document) : document_(document) {}

  const json_value* find(const char* name) {
    known_.insert(name);
    const auto at = document_.find(name);
    return at == document_.end() ? nullptr : &*at;
  }
  // As it is if the field is not there.
  status_result take(const char* name, std::uint64_t least, std::uint64_t most, std::uint64_t& value) {
    const json_value* given = find(name);
    if (!given) return ok();
    if (!given->is_number_unsigned() || given->get<std::uint64_t>() < least || given->get<std::uint64_t>() > most)
      return invalid(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    value = given->get<std::uint64_t>();
    return ok();
  }
  status_result nothing_else() const {
    for (const auto& [name, value] : document_.items())
      if (!known_.contains(name)) return invalid(name, "is not a field of a cluster's file");
    return ok();
  }

private:
  const json_value& document_;
  std::set<std::string> known_;
};

status_result take_members(cluster_fields& fields, actors::cluster_settings& c) {
  const json_value* members = fields.find("members");
  if (!members || !members->is_array() || members->empty() || members->size() > most_members)
    return invalid("members", "must be a list of 1 to " + std::to_string(most_members) + " names of nodes");
  for (const json_value& m : *members) {
    if (!m.is_string() || !transport::is_valid_cluster_token(m.get<std::string>()))
      return invalid("members", "must be names of 1 to 64 characters of A-Z a-z 0-9 _ -");
    c.members.push_back(m.get<std::string>());
    if (std::count(c.members.begin(), c.members.end(), c.members.back()) > 1)
      return invalid("members", "must name each node once; \"" + c.members.back() + "\" is there twice");
  }
  return ok();
}

status_result take_servers(cluster_fields& fields, actors::cluster_settings& c) {
  const json_value* given = fields.find("nats");
  if (!given) return ok();
  const json_value urls = given->is_array() ? *given : json_value::array({*given});
  const auto is_url = [](const json_value& u) {
    if (!u.is_string()) return false;
    const std::string url = u.get<std::string>();
    const bool scheme = url.starts_with("nats://") || url.starts_with("tls://");
    return scheme && url.size() <= server_url_bytes && url.find_first_of(", \t\r\n") == url.npos;
  };
  if (urls.empty() || urls.size() > most_servers || !std::all_of(urls.begin(), urls.end(), is_url))
    return invalid("nats",
                   "must be 1 to " + std::to_string(most_servers) + " URLs of servers, nats://... or tls://...");
  for (const json_value& u : urls) c.nats_urls += (c.nats_urls.empty() ? "" : ",") + u.get<std::string>();
  return ok();
}

status_result take_level(cluster_fields& fields, actors::cluster_settings& c) {
  const json_value* ack = fields.find("ack");
  if (!ack) return ok();
  const std::string level = ack->is_string() ? ack->get<std::string>() : "";
  if (level == "local") c.ack = ack_level::local;
  else if (level == "log") c.ack = ack_level::log;
  else if (level == "peers") c.ack = ack_level::peers;
  else return invalid("ack", "must be local, log or peers");
  return ok();
}

status_result take_lease(cluster_fields& fields, actors::cluster_settings& c) {
  const json_value* lease = fields.find("lease");
  if (!lease) return ok();
  const auto given = lease->is_string() ? parse_duration(lease->get<std::string>(), "lease")
                                        : result<std::chrono::milliseconds>(invalid("lease", "must be a duration"));
  if (!given) return given.error();
  c.lease_ms = given->count();
  if (c.lease_ms < lease_min_ms || c.lease_ms > lease_max_ms) return invalid("lease", "must be 300ms to 60s");
  return ok();
}

} // namespace

result<actors::cluster_settings> parse_cluster(std::string_view json) {
  const auto document = workflow::parse_json(json, {.max_bytes = cluster_file_bytes});
  if (!document) return document.error();
  if (!document->is_object()) return invalid("", "a cluster's file must be an object");
  cluster_fields fields(*document);
  actors::cluster_settings c;
  const json_value* id = fields.find("cluster");
  if (!id || !id->is_string() || !transport::is_valid_cluster_token(id->get<std::string>()))
    return invalid("cluster", "must be the cluster's id: 1 to 64 characters of A-Z a-z 0-9 _ -");
  c.id = id->get<std::string>();
  if (auto taken = take_members(fields, c); !taken) return taken.error();
  if (auto taken = take_servers(fields, c); !taken) return taken.error();
  const std::uint64_t alone = c.members.size() == 1 ? 0 : 1; // then nobody else can hold anything
  std::uint64_t peers = std::max<std::uint64_t>(alone, c.members.size() / 2), partitions = c.partitions, replicas = 1;
  if (auto taken = fields.take("guaranteed_peers", alone, c.members.size() - 1, peers); !taken) return taken.error();
  if (auto taken = fields.take("partitions", 1, storage::journal::partitions_max, partitions); !taken)
    return taken.error();
  if (auto taken = fields.take("stream_replicas", 1, 5, replicas); !taken) return taken.error();
  if (replicas % 2 == 0) return invalid("stream_replicas", "must be 1, 3 or 5");
  c.guaranteed_peers = static_cast<std::uint32_t>(peers);
  c.partitions = static_cast<std::uint16_t>(partitions);
  c.stream_replicas = static_cast<int>(replicas);
  if (auto taken = take_level(fields, c); !taken) return taken.error();
  if (auto taken = take_lease(fields, c); !taken) return taken.error();
  if (auto fine = fields.nothing_else(); !fine) return fine.error();
  return c;
}

result<actors::cluster_settings> read_cluster_file(const std::string& path) {
  const auto text = read_document_text(path);
  if (!text) return text.error();
  auto read = parse_cluster(text->json);
  if (!read) return text->placed(read.error());
  return read;
}

} // namespace ropewalk::cli
