// ropewalk node: one member, on a NATS server that runs already

#include "cli/node/cluster_file.hpp"
#include "cli/node/node_options.hpp"
#include "cli/node/node_thread.hpp"
#include "cli/node/stop_signals.hpp"
#include "cli/option.hpp"
#include "cli/usage.hpp"
#include "cli/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct serving_options {
  node_options node;
  std::string data, cluster;
  option nats;
};

result<exit_code> run_serving(session& s, const serving_options& o) {
  // Not CLI11's required(): the settings file may say it, and is read later.
  if (o.data.empty()) return bad_usage("--data", "is required: the directory of the journal");
  const auto place = s.endpoint();
  if (!place) return place.error();
  auto settings = node_settings_of(o.node, *place);
  if (!settings) return settings.error();
  settings->data_dir = o.data;
  if (!o.cluster.empty()) {
    auto cluster = read_cluster_file(o.cluster);
    if (!cluster) return cluster.error();
    if (!o.nats.given() && !cluster->nats_urls.empty()) settings->nats_url = cluster->nats_urls;
    settings->cluster = *std::move(cluster);
  }
  const stop_signals signals;
  node_thread node(*settings);
  while (!node.ended()) {
    const int signal = signals.wait(std::chrono::milliseconds(100));
    if (signal == SIGHUP) node.reload();
    else if (signal != 0) break;
  }
  node.stop();
  // Asked twice, it does not wait any longer; what was acknowledged is on the disk.
  while (!node.ended())
    if (const int signal = signals.wait(std::chrono::milliseconds(50)); signal != 0 && signal != SIGHUP)
      std::_Exit(static_cast<int>(exit_code::interrupted));
  switch (node.join()) {
  case actors::node_end::stopped: return exit_code::ok;
  case actors::node_end::failed_start:
  case actors::node_end::journal_failed: break;
  }
  error why = node.why();
  if (why.code == errc::invalid && why.type.empty()) why.type = "usage"; // a setting breaks a rule
  return why;
}

} // namespace

void add_node(command_line& line) {
  auto o = std::make_shared<serving_options>();
  CLI::App& verb = line.verb(
      line.root(), {.name = "node",
                    .summary = "Run one node on a NATS server that runs already",
                    .details = "Ends on SIGINT or SIGTERM when all that it took is answered. SIGHUP makes it load the\n"
                               "keyring again.\n"
                               "Credentials for NATS: --nats-user, --nats-password-file, --creds, --tls-ca, "
                               "--tls-cert, --tls-key.",
                    .example = "ropewalk node --nats nats://127.0.0.1:4222 --data /var/lib/ropewalk --name n1"});
  o->nats = add_option(verb, "--nats", o->node.settings.nats_url, "NATS server; several with commas")
                .variable("ROPEWALK_NATS")
                .shows_default();
  add_option(verb, "--data", o->data, "directory of the journal; made if it is missing").variable("ROPEWALK_DATA");
  add_option(verb, "--name", o->node.settings.name, "the node's name: 1 to 64 of A-Z a-z 0-9 _ -")
      .variable("ROPEWALK_NAME")
      .shows_default();
  add_option(verb, "--cluster", o->cluster, "file that says who the cluster's members are; see docs/cluster.md")
      .variable("ROPEWALK_CLUSTER");
  add_option(verb, "--partitions", o->node.settings.partitions, "of a new data directory; an old one keeps its own")
      .variable("ROPEWALK_PARTITIONS")
      .shows_default();
  add_node_options(verb, o->node);
  add_node_status(line, verb);
  line.on(verb, [o](session& s) { return run_serving(s, *o); });
}

} // namespace ropewalk::cli
