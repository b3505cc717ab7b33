// ropewalk dev: a whole system on this machine, no configuration.
//
//   <data>/nats            JetStream's files
//   <data>/nats-server.log
//   <data>/node            the node's journal and views
//   <data>/lock            held by the one `ropewalk dev` of this directory
//
// The main thread starts nats-server, watches it (and starts it again if it ends) and waits for signals; the
// node runs beside it and reconnects by itself. Going down: first the node, which answers what it took, then
// nats-server.

#include <optional>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include <unistd.h>

#include "cli/duration_text.hpp"
#include "cli/node/dev_runtime.hpp"
#include "cli/node/nats_server_process.hpp"
#include "cli/node/node_options.hpp"
#include "cli/node/node_thread.hpp"
#include "cli/node/stop_signals.hpp"
#include "cli/option.hpp"
#include "cli/user_directories.hpp"
#include "cli/verbs.hpp"
#include "runtime/json_writer.hpp"
#include "storage/data_directory.hpp"

namespace ropewalk::cli {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::uint16_t usual_port = 4222;
constexpr std::chrono::milliseconds first_pause = 100ms,
                                    longest_pause = 5s; // before a restart of nats-server
constexpr std::chrono::seconds calm = 30s;              // a server that lived so long starts again at once

struct dev_options {
  node_options node;
  std::string data;
  std::uint16_t port = 0;
  option port_given;
};

class dev_system {
public:
  dev_system(session& s, actors::node_settings settings, nats_server_place place)
      : s_(s), settings_(std::move(settings)), place_(std::move(place)) {}

  result<exit_code> run() {
    auto server = nats_server_process::start(place_, signals_.mask_before());
    if (!server) return server.error();
    node_thread node(settings_);
    while (!node.ended()) {
      if (signals_.wait(announced_ ? 100ms : 10ms) != 0) return take_down(node, *server);
      if (node.serving() && !announced_) announce();
      if (!server->running()) revive(*server);
    }
    const actors::node_end end = node.join();
    server->stop();
    if (end == actors::node_end::stopped) return exit_code::ok;
    return node.why();
  }

private:
  result<exit_code> take_down(node_thread& node, nats_server_process& server) {
    if (s_.out().for_people()) s_.note("stopping");
    node.stop();
    // Asked twice: do not wait any longer. nats-server ends with us, and what was acknowledged is on the
    // disk.
    while (!node.ended())
      if (signals_.wait(20ms) != 0) std::_Exit(static_cast<int>(exit_code::interrupted));
    const bool clean = node.join() == actors::node_end::stopped;
    server.stop();
    if (!clean) return node.why();
    return exit_code::ok;
  }

  void revive(nats_server_process& server) {
    const auto now = clock::now();
    if (pause_ == 0ms || now - last_start_ > calm) pause_ = first_pause;
    if (down_since_ == clock::time_point{}) {
      down_since_ = now;
      s_.note(fmt::format("nats-server {}; starting it again", server.how()));
    }
    if (now - down_since_ < pause_) return;
    auto again = nats_server_process::start(place_, signals_.mask_before());
    last_start_ = clock::now();
    pause_ = std::min<std::chrono::milliseconds>(2 * pause_, longest_pause);
    if (!again) {
      down_since_ = last_start_;
      s_.note(again.error().detail);
      return;
    }
    server = *std::move(again);
    down_since_ = {};
    s_.note("nats-server is back");
  }

  void announce() {
    announced_ = true;
    const bool first = register_here();
    if (!s_.out().for_people()) {
      json_writer w;
      w.begin_object().field("url", settings_.nats_url).field("data", settings_.data_dir).field("node", settings_.name);
      w.field("pid", getpid()).end_object();
      if (const auto doc = reply_document::parse(std::move(w).take())) s_.out().sentence(doc->root(), {});
    } else {
      const std::string at = first ? "" : " --url " + settings_.nats_url;
      s_.out().text(fmt::format("Ropewalk serves at {}\n"
                                "Data: {}\n\n"
                                "Try, in another terminal:\n"
                                "  ropewalk thread create hello{}\n"
                                "  ropewalk thread append hello \"Is anybody there?\"{}\n"
                                "  ropewalk thread tail hello{}\n\n"
                                "Ctrl-C stops it.\n",
                                settings_.nats_url, settings_.data_dir, at, at, at));
    }
    static_cast<void>(s_.out().finish()); // nobody who reads it is no reason to end
  }

  // True if plain verbs come to this one.
  bool register_here() {
    const std::vector<dev_runtime> others = running_devs();
    auto here = dev_registration::add({settings_.nats_url, getpid(), wall_clock().us});
    if (here) registration_.emplace(*std::move(here));
    else s_.note(here.error().detail);
    if (!others.empty())
      s_.note(fmt::format("another `ropewalk dev` runs at {} (process {}); verbs without --url go there",
                          others.front().url, others.front().pid));
    return here && others.empty();
  }

  session& s_;
  const stop_signals signals_; // before any thread
  actors::node_settings settings_;
  nats_server_place place_;
  bool announced_ = false;
  std::optional<dev_registration> registration_;
  std::chrono::milliseconds pause_{0};
  clock::time_point last_start_ = clock::now(), down_since_{};
};

result<std::uint16_t> choose_port(const dev_options& o) {
  if (o.port_given.given() && o.port != 0) {
    if (port_is_free(o.port)) return o.port;
    return error{errc::conflict, "port_in_use",
                 fmt::format("port {} is in use; leave --port out to get a free one", o.port), "--port"};
  }
  if (!o.port_given.given() && port_is_free(usual_port)) return usual_port;
  if (const std::uint16_t port = free_port(); port != 0) return port;
  return error{errc::unavailable, "no_port", "there is no free port", {}};
}

result<exit_code> run_dev(session& s, const dev_options& o) {
  std::error_code problem;
  const std::filesystem::path data =
      std::filesystem::absolute(o.data.empty() ? state_directory() / "dev" : std::filesystem::path(o.data), problem);
  // Also for nats-server's sake: two of them must not share JetStream's files.
  const auto ours = storage::data_directory::open(data);
  if (!ours) return ours.error();
  for (const char* below : {"nats", "node"}) {
    std::filesystem::create_directories(data / below, problem);
    if (problem)
      return error{errc::unavailable, "data", "cannot make " + (data / below).string() + ": " + problem.message(),
                   "--data"};
  }
  const auto port = choose_port(o);
  if (!port) return port.error();
  const auto place = s.endpoint();
  if (!place) return place.error();
  endpoint without_credentials; // those are for other servers
  without_credentials.prefix = place->prefix;
  auto settings = node_settings_of(o.node, without_credentials);
  if (!settings) return settings.error();
  settings->name = "dev";
  settings->replaces_lost_keyring = true;
  settings->nats_url = fmt::format("nats://127.0.0.1:{}", *port);
  settings->data_dir = (data / "node").string();
  return dev_system(s, *settings, {*port, data / "nats", data / "nats-server.log"}).run();
}

} // namespace

void add_dev(command_line& line) {
  auto o = std::make_shared<dev_options>();
  o->node.settings.log_level = "error"; // the terminal is for the three commands; what nats-server does is told by us
  CLI::App& verb = line.verb(
      line.root(),
      {.name = "dev",
       .summary = "Run a whole system on this machine: nats-server and one node",
       .details = "No configuration. Port 4222 if it is free, another one otherwise; on 127.0.0.1 only.\n"
                  "The other verbs find it by themselves; where several run, the one that was started first.\n"
                  "Ctrl-C stops both.",
       .example = "ropewalk dev\nropewalk dev --data /tmp/try --port 4333"});
  add_option(verb, "--data", o->data, "directory of everything; default: ~/.local/state/ropewalk/dev")
      .variable("ROPEWALK_DEV_DATA");
  o->port_given =
      add_option(verb, "--port", o->port, "of nats-server; 0 = any that is free").variable("ROPEWALK_DEV_PORT");
  add_node_options(verb, o->node);
  line.on(verb, [o](session& s) { return run_dev(s, *o); });
}

} // namespace ropewalk::cli
