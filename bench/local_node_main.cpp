// bench_local_node: a program that embeds the runtime, as examples/embed does, with two trivial functions for phases of
// kind `local`. It takes the arguments of `ropewalk node` that the benches give.

#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "actors/node.hpp"
#include "bench/workflow_workload.hpp"

namespace {

using namespace ropewalk;
using workflow::json_value;

actors::local_functions functions() {
  return {{"plain",
           [](const actors::local_call&) -> workflow::outcome {
             return json_value{{"done", true}};
           }},
          {"steps", [](const actors::local_call& call) -> workflow::outcome {
             for (std::size_t i = 0; i < bench::steps_a_phase; ++i)
               call.step("step-" + std::to_string(i), [&] { return json_value(i); });
             return json_value{{"done", true}};
           }}};
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"A node with functions for local phases"};
  actors::node_settings settings;
  CLI::App* node = app.add_subcommand("node");
  node->add_option("--nats", settings.nats_url)->required();
  node->add_option("--data", settings.data_dir)->required();
  node->add_option("--name", settings.name)->required();
  settings.local_threads = 64; // a step holds its thread until it is durable
  app.require_subcommand(1);
  CLI11_PARSE(app, argc, argv);

  sigset_t ends; // before any thread: none of them takes the signal
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  actors::node_control control;
  control.functions = functions();
  std::thread waits_for_end([&] {
    int signal = 0;
    sigwait(&ends, &signal);
    control.stop = true;
  });
  error why;
  const auto end = actors::run_node(settings, control, &why);
  if (!control.stop) pthread_kill(waits_for_end.native_handle(), SIGTERM);
  waits_for_end.join();
  if (end == actors::node_end::stopped) return 0;
  std::fprintf(stderr, "bench_local_node: %s\n", why.detail.c_str());
  return 1;
}
