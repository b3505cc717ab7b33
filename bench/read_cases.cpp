// Reads, cold loads and memory: what holding a conversation costs.

#include <array>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "bench/echo_service.hpp"
#include "bench/thread_cases.hpp"
#include "bench/thread_workload.hpp"

namespace ropewalk::bench {

namespace {

constexpr std::size_t content_bytes = 300;
constexpr std::chrono::seconds check_time_out{15};

constexpr const char* last_messages = R"({"limit":50,"reverse":true})";
constexpr std::size_t last_messages_count = 50;

constexpr std::array<std::size_t, 2> read_loads{1, 64};
constexpr std::size_t read_threads = 64;
constexpr std::size_t read_history = 1000;

constexpr std::array<std::size_t, 3> histories{100, 1000, 10'000};
constexpr std::size_t cold_samples = 5; // threads of each length and verb, at each restart
constexpr std::size_t familiar_threads = 64;

constexpr std::array<std::size_t, 2> active_threads{10'000, 100'000};
constexpr std::size_t small_content_bytes = 100;

/// The size of a reply that was looked at: it holds what was asked for.
std::size_t checked_reply_bytes(nats_connection& client, const std::string& subject) {
  const auto text = client.ask(subject, last_messages, check_time_out);
  const auto found = nlohmann::json::parse(text).at("messages").size();
  if (found != last_messages_count)
    throw std::runtime_error(subject + ": " + std::to_string(found) + " messages instead of 50");
  return text.size();
}

/// One request to each thread, one after the other.
figure touch_each(nats_connection& client, const thread_group& threads, const char* verb, const char* body) {
  return run_load(client, {.in_flight = 1, .requests = threads.count},
                  [&](request& out, std::size_t, std::uint64_t number) {
                    out.subject = threads.subject(number, verb);
                    out.body = body;
                  })
      .summary();
}

/// A cold `get` and a cold `messages` need threads of their own: the first one of them warms the thread.
struct cold_group {
  std::size_t history = 0;
  const char* verb = nullptr;
  const char* body = nullptr;
  thread_group threads;
  std::vector<figure> cold;
  std::vector<figure> warm;
};

std::vector<cold_group> new_cold_groups() {
  std::vector<cold_group> groups;
  for (const auto history : histories)
    for (const auto& [verb, body] : {std::pair{"get", "{}"}, std::pair{"messages", last_messages}})
      groups.push_back({.history = history,
                        .verb = verb,
                        .body = body,
                        .threads = {"cold-" + std::string(verb) + "-" + std::to_string(history), cold_samples},
                        .cold = {},
                        .warm = {}});
  return groups;
}

/// Bytes that each of `threads` added.
double per_thread(std::uint64_t before, std::uint64_t after, std::size_t threads) {
  return (static_cast<double>(after) - static_cast<double>(before)) / static_cast<double>(threads);
}

} // namespace

std::vector<section> measure_reads(stage& on) {
  auto node = on.start_node("read");
  const thread_group threads{"read", read_threads};
  create_threads(on.client(), threads, message_limit::none);
  fill_threads(on.client(), threads, message_set{content_bytes}, read_history);
  node.wait_until_idle();
  const auto reply_bytes = checked_reply_bytes(on.client(), threads.subject(0, "messages"));

  section s{.title = "Reads",
            .explanation = "`messages` for the last 50 of 1,000, on 64 threads; replies of " +
                           bytes_text(static_cast<double>(reply_bytes)) + ". The echo's replies are as large.",
            .columns = {"in flight", "read/s", "p50", "p99", "max", "echo/s", "echo p50", "of echo", "p50 / echo p50",
                        "p99/p50"},
            .rows = {}};
  for (const auto load : read_loads) {
    std::vector<figure> reads;
    std::vector<figure> echoes;
    std::vector<double> of_echo;
    for (std::size_t round = 0; round < on.settings().rounds; ++round) {
      echoes.push_back(on.measure_echo(load, echo_subject(reply_bytes), last_messages).summary());
      progress("echo of " + std::to_string(reply_bytes) + " bytes, " + std::to_string(load) + " in flight",
               echoes.back());
      reads.push_back(run_load(on.client(), on.plan(load), [&](request& out, std::size_t, std::uint64_t number) {
                        out.subject = threads.subject(number % threads.count, "messages");
                        out.body = last_messages;
                      }).summary());
      progress("last 50 messages, " + std::to_string(load) + " in flight", reads.back());
      of_echo.push_back(reads.back().rate / echoes.back().rate);
    }
    const auto read = median(reads);
    const auto echo = median(echoes);
    s.rows.push_back({std::to_string(load), number_text(read.rate), duration_text(read.p50), duration_text(read.p99),
                      duration_text(read.max), number_text(echo.rate), duration_text(echo.p50),
                      ratio_text(median(of_echo)),
                      ratio_text(static_cast<double>(read.p50.count()) / static_cast<double>(echo.p50.count())),
                      ratio_text(static_cast<double>(read.p99.count()) / static_cast<double>(read.p50.count()))});
  }
  node.stop();
  return {std::move(s)};
}

std::vector<section> measure_activation(stage& on) {
  const message_set messages{content_bytes};
  auto groups = new_cold_groups();
  const thread_group familiar{"familiar", familiar_threads};
  {
    auto node = on.start_node("activation");
    create_threads(on.client(), familiar, message_limit::none);
    fill_threads(on.client(), familiar, messages, 1);
    for (const auto& group : groups) {
      create_threads(on.client(), group.threads, message_limit::none);
      fill_threads(on.client(), group.threads, messages, group.history);
    }
    node.wait_until_idle();
    node.stop();
  }

  std::vector<double> start_seconds;
  for (std::size_t round = 0; round < on.settings().rounds; ++round) {
    auto node = on.start_node("activation");
    start_seconds.push_back(std::chrono::duration<double>(node.start_time()).count());
    node.wait_until_idle();
    // Threads of every partition: what a process does only once is not what a cold thread costs.
    touch_each(on.client(), familiar, "get", "{}");
    touch_each(on.client(), familiar, "messages", last_messages);
    for (auto& group : groups) {
      group.cold.push_back(touch_each(on.client(), group.threads, group.verb, group.body));
      group.warm.push_back(touch_each(on.client(), group.threads, group.verb, group.body));
      progress("first " + std::string(group.verb) + ", history of " + std::to_string(group.history), group.cold.back());
    }
    node.stop();
  }

  section s{.title = "Cold threads",
            .explanation = "The first request to a thread after a restart of the node, and the second; the node "
                           "answered " +
                           ratio_text(median(start_seconds)) +
                           " s after its process was started. The system's page cache is warm. *of 100*: cold p50 / "
                           "cold p50 with a history of 100.",
            .columns = {"history", "first request", "cold p50", "cold max", "warm p50", "cold/warm", "of 100"},
            .rows = {}};
  for (const auto& group : groups) {
    const auto cold = median(group.cold);
    const auto warm = median(group.warm);
    const auto shortest = median(group.verb == groups[0].verb ? groups[0].cold : groups[1].cold);
    s.rows.push_back({number_text(static_cast<double>(group.history)), group.verb, duration_text(cold.p50),
                      duration_text(cold.max), duration_text(warm.p50),
                      ratio_text(static_cast<double>(cold.p50.count()) / static_cast<double>(warm.p50.count())),
                      ratio_text(static_cast<double>(cold.p50.count()) / static_cast<double>(shortest.p50.count()))});
  }
  return {std::move(s)};
}

std::vector<section> measure_memory(stage& on) {
  const message_set messages{small_content_bytes};
  auto node = on.start_node("memory");
  const auto activate = [&](const thread_group& threads) {
    create_threads(on.client(), threads, message_limit::standard);
    run_load(on.client(), {.in_flight = 64, .requests = threads.count},
             [&](request& out, std::size_t, std::uint64_t number) {
               out.subject = threads.subject(number, "append");
               out.body = messages.append_body(number);
             });
    node.wait_until_idle();
  };

  // Buffers, caches and arenas that grow once, whatever the number of threads.
  activate({"familiar", familiar_threads});
  const auto before = node.resident_bytes();

  section s{.title = "Memory",
            .explanation = "Resident memory of the node (VmRSS) with so many threads created and one message of 100 "
                           "bytes appended to each; " +
                           bytes_text(static_cast<double>(before)) + " before the first.",
            .columns = {"active threads", "resident", "a thread"},
            .rows = {}};
  std::size_t active = 0;
  for (const auto wanted : active_threads) {
    activate({"active-" + std::to_string(wanted), wanted - active});
    active = wanted;
    const auto resident = node.resident_bytes();
    progress(std::to_string(active) + " active threads: " + bytes_text(static_cast<double>(resident)));
    s.rows.push_back({number_text(static_cast<double>(active)), bytes_text(static_cast<double>(resident)),
                      bytes_text(per_thread(before, resident, active))});
  }
  node.stop();
  return {std::move(s)};
}

} // namespace ropewalk::bench
