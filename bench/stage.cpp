#include "bench/stage.hpp"

#include <cstdio>
#include <thread>

#include "bench/echo_service.hpp"
#include "bench/markdown.hpp"

namespace ropewalk::bench {

namespace {

constexpr std::chrono::milliseconds warm_up{500};
constexpr std::chrono::seconds echo_start_time_out{10};

void wait_for_echo(nats_connection& client) {
  const auto deadline = std::chrono::steady_clock::now() + echo_start_time_out;
  for (;;) {
    natsMsg* reply = nullptr;
    const auto status = natsConnection_RequestString(&reply, client.get(), echo_same.c_str(), "?", 1000);
    natsMsg_Destroy(reply);
    if (status == NATS_OK) return;
    if (std::chrono::steady_clock::now() > deadline) require(status, "the echo process does not answer");
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

} // namespace

stage::stage(bench_settings settings)
    : settings_(std::move(settings)), scratch_(settings_.data),
      // Without JetStream: a single node needs none, its durability is its own fsync.
      server_(scratch_.path(), jetstream::off),
      echo_({(own_directory() / "bench_echo").string(), "--nats", server_.url()}, scratch_.path() / "echo.log"),
      client_(server_.url(), "load") {
  wait_for_echo(client_);
}

load_plan stage::plan(std::size_t in_flight) const noexcept {
  return {.in_flight = in_flight, .warm_up = warm_up, .measured = settings_.measured};
}

load_result stage::measure_echo(std::size_t in_flight, const std::string& subject, const std::string& body) {
  return run_load(client_, plan(in_flight), [&](request& out, std::size_t, std::uint64_t) {
    out.subject = subject;
    out.body = body;
  });
}

child_process stage::start_worker() const {
  return {{(own_directory() / "bench_worker").string(), "--nats", server_.url()}, scratch_.path() / "worker.log"};
}

ropewalk_node stage::start_node(const std::string& name, const std::filesystem::path& program) {
  return ropewalk_node{{.program = program,
                        .nats_url = server_.url(),
                        .data = scratch_.path() / name,
                        .extra_arguments = settings_.node_arguments},
                       client_};
}

void progress(std::string_view what, const figure& measured) {
  std::fprintf(stderr, "%-44.*s %10s/s  p50 %-8s  p99 %-8s  max %s\n", static_cast<int>(what.size()), what.data(),
               number_text(measured.rate).c_str(), duration_text(measured.p50).c_str(),
               duration_text(measured.p99).c_str(), duration_text(measured.max).c_str());
}

void progress(std::string_view what) { std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data()); }

} // namespace ropewalk::bench
