// What a checkpoint costs by the size of the state.

#include <algorithm>
#include <array>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "bench/echo_service.hpp"
#include "bench/sqlite_baseline.hpp"
#include "bench/thread_workload.hpp"
#include "bench/workflow_cases.hpp"
#include "bench/workflow_workload.hpp"

namespace ropewalk::bench {

namespace {

constexpr std::chrono::seconds ask_time_out{15};
constexpr std::array<std::size_t, 5> state_sizes{1 << 10, 32 << 10, 256 << 10, 1 << 20, 4 << 20};
constexpr std::size_t left_for_names = 64;    // of the largest state, for what is around the texts
constexpr std::size_t part_bytes = 256 << 10; // of a state that comes in several updates
constexpr std::uint64_t checkpoints_each = 30;

/// A state of about so many bytes of texts, as the phases of agents leave it.
void fill_state(nats_connection& client, const std::string& id, std::size_t bytes) {
  client.ask(workflow_subject(id, "start"), R"({"definition":"waits"})", ask_time_out);
  for (std::uint32_t part = 0; part * part_bytes < bytes; ++part)
    client.ask(workflow_subject(id, "update"),
               R"({"patch":{"part-)" + std::to_string(part) + R"(":")" +
                   sample_text(std::min(bytes, part_bytes) - left_for_names, part) + R"("}})",
               ask_time_out);
}

std::string size_text(std::size_t bytes) {
  return bytes >= 1 << 20 ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes >> 10) + " KiB";
}

} // namespace

std::vector<section> measure_checkpoints(stage& on) {
  auto node = on.start_node("checkpoints");
  define_workflow(on.client(), "waits", signal_work, 1);
  const auto commit = measure_sqlite(on.directory(), 1, on.settings().measured).commits;
  const auto echo = on.measure_echo(1, echo_same, "{}").summary();
  const double parts = static_cast<double>((commit.p50 + echo.p50).count());
  section s{.title = "Checkpoints",
            .explanation =
                "`checkpoint` of an instance, one at a time, until it is on the disk. *stored*: compressed, "
                "with its seal. *of parts*: p50 / (p50 of an echo + p50 of a raw SQLite commit of one row, " +
                duration_text(commit.p50 + echo.p50) + ").",
            .columns = {"state", "encoded", "stored", "ratio", "p50", "max", "of parts"},
            .rows = {}};
  for (const auto bytes : state_sizes) {
    const std::string id = "state-" + std::to_string(bytes);
    fill_state(on.client(), id, bytes);
    node.wait_until_idle();
    const auto f = run_load(on.client(), {.in_flight = 1, .requests = checkpoints_each},
                            [&](request& out, std::size_t, std::uint64_t) {
                              out.subject = workflow_subject(id, "checkpoint");
                              out.body = "{}";
                            })
                       .summary();
    progress("checkpoint of " + size_text(bytes), f);
    const auto newest =
        nlohmann::json::parse(on.client().ask(workflow_subject(id, "checkpoints"), R"({"limit":1})", ask_time_out))
            .at("checkpoints")
            .at(0);
    const double encoded = newest.at("bytes"), stored = newest.at("stored_bytes");
    if (encoded < 0.9 * static_cast<double>(bytes)) throw std::runtime_error(id + " holds less than it should");
    s.rows.push_back({size_text(bytes), bytes_text(encoded), bytes_text(stored), ratio_text(encoded / stored),
                      duration_text(f.p50), duration_text(f.max),
                      ratio_text(static_cast<double>(f.p50.count()) / parts)});
  }
  node.stop();
  return {std::move(s)};
}

} // namespace ropewalk::bench
