// Writes: what an append costs over a bare request and a bare commit.

#include <map>
#include <stdexcept>

#include "bench/echo_service.hpp"
#include "bench/sqlite_baseline.hpp"
#include "bench/thread_cases.hpp"
#include "bench/thread_workload.hpp"

namespace ropewalk::bench {

namespace {

constexpr std::size_t content_bytes = 300;
constexpr std::size_t long_run_threads = 64;
constexpr std::size_t long_run_in_flight = 64;

struct baseline_round {
  figure echo;
  sqlite_result sqlite;
};

struct append_round {
  figure append;
  double of_echo = 0;         ///< append rate / echo rate
  double of_sqlite = 0;       ///< append rate / SQLite's rows a second with as many rows in a commit
  double of_parts = 0;        ///< append p50 / (echo p50 + p50 of the commit)
  double settled_seconds = 0; ///< until the node was idle again
};

template <class Round, class Field>
double median_of(const std::vector<Round>& rounds, Field field) {
  std::vector<double> values;
  for (const auto& round : rounds) values.push_back(field(round));
  return median(std::move(values));
}

template <class Round, class Field>
figure median_figure(const std::vector<Round>& rounds, Field field) {
  std::vector<figure> figures;
  for (const auto& round : rounds) figures.push_back(field(round));
  return median(figures);
}

baseline_round measure_baseline(stage& on, const message_set& messages, std::size_t load) {
  baseline_round round;
  // SQLite first: the disk comes to rest during the echo, before the node is asked.
  round.sqlite = measure_sqlite(on.directory(), load, on.settings().measured);
  progress("SQLite commits of " + std::to_string(load), round.sqlite.commits);
  round.echo = on.measure_echo(load, echo_same, messages.append_body(0)).summary();
  progress("echo, " + std::to_string(load) + " in flight", round.echo);
  return round;
}

section baseline_section(const std::map<std::size_t, std::vector<baseline_round>>& by_load, std::size_t body_bytes) {
  section s{.title = "Baselines",
            .explanation = "A NATS request answered by an echo with the same " + std::to_string(body_bytes) +
                           " bytes; SQLite transactions (WAL, synchronous=FULL) of rows of some 450 bytes.",
            .columns = {"in flight / rows a commit", "echo/s", "p50", "p99", "commits/s", "rows/s", "commit p50",
                        "commit p99"},
            .rows = {}};
  for (const auto& [load, rounds] : by_load) {
    const auto echo = median_figure(rounds, [](const auto& r) { return r.echo; });
    const auto commits = median_figure(rounds, [](const auto& r) { return r.sqlite.commits; });
    const auto rows = median_of(rounds, [](const auto& r) { return r.sqlite.rows_a_second; });
    s.rows.push_back({std::to_string(load), number_text(echo.rate), duration_text(echo.p50), duration_text(echo.p99),
                      number_text(commits.rate), number_text(rows), duration_text(commits.p50),
                      duration_text(commits.p99)});
  }
  return s;
}

/// Appends, and the first thread must then hold exactly its share of what was acknowledged.
load_result append_and_check(stage& on, const thread_group& threads, const message_set& messages,
                             std::size_t in_flight) {
  const auto subject = threads.subject(0, "append");
  const auto before = append_and_get_seq(on.client(), subject, messages.append_body(0));
  const auto result = append_to(on.client(), on.plan(in_flight), threads, messages);
  const auto after = append_and_get_seq(on.client(), subject, messages.append_body(0));
  const auto share = static_cast<std::int64_t>((result.sent + threads.count - 1) / threads.count);
  if (after - before != share + 1)
    throw std::runtime_error(subject + ": " + std::to_string(share) + " appends were acknowledged, but seq went from " +
                             std::to_string(before) + " to " + std::to_string(after));
  return result;
}

append_round measure_append(stage& on, const ropewalk_node& node, const message_set& messages,
                            const thread_group& threads, std::size_t in_flight, const baseline_round& baseline) {
  create_threads(on.client(), threads, message_limit::none);
  const auto result = append_and_check(on, threads, messages, in_flight);
  append_round round{.append = result.summary()};
  round.of_echo = round.append.rate / baseline.echo.rate;
  round.of_sqlite = round.append.rate / baseline.sqlite.rows_a_second;
  round.of_parts = static_cast<double>(round.append.p50.count()) /
                   static_cast<double>((baseline.echo.p50 + baseline.sqlite.commits.p50).count());
  round.settled_seconds = node.wait_until_idle().count();
  progress("append, " + std::to_string(in_flight) + " in flight, " + std::to_string(threads.count) + " threads",
           round.append);
  return round;
}

std::vector<std::string> append_row(std::size_t in_flight, std::size_t threads,
                                    const std::vector<append_round>& rounds) {
  const auto append = median_figure(rounds, [](const auto& r) { return r.append; });
  const auto tail = median_of(rounds, [](const auto& r) {
    return static_cast<double>(r.append.p99.count()) / static_cast<double>(r.append.p50.count());
  });
  return {std::to_string(in_flight),
          std::to_string(threads),
          number_text(append.rate),
          duration_text(append.p50),
          duration_text(append.p99),
          duration_text(append.max),
          ratio_text(median_of(rounds, [](const auto& r) { return r.of_echo; })),
          ratio_text(median_of(rounds, [](const auto& r) { return r.of_sqlite; })),
          ratio_text(median_of(rounds, [](const auto& r) { return r.of_parts; })),
          ratio_text(tail),
          ratio_text(median_of(rounds, [](const auto& r) { return r.settled_seconds; })) + " s"};
}

} // namespace

std::vector<section> measure_baselines(stage& on) {
  const message_set messages{content_bytes};
  std::map<std::size_t, std::vector<baseline_round>> by_load;
  for (std::size_t round = 0; round < on.settings().rounds; ++round)
    for (const auto load : on.settings().loads) by_load[load].push_back(measure_baseline(on, messages, load));
  return {baseline_section(by_load, messages.append_body(0).size())};
}

std::vector<section> measure_appends(stage& on) {
  const message_set messages{content_bytes};
  auto node = on.start_node("append");
  std::map<std::size_t, std::vector<baseline_round>> baselines;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<append_round>> appends;
  for (std::size_t round = 0; round < on.settings().rounds; ++round)
    for (const auto load : on.settings().loads) {
      baselines[load].push_back(measure_baseline(on, messages, load));
      for (const auto count : on.settings().thread_counts) {
        // New threads for each measurement: a history that grew in the one before is not the question here.
        const thread_group threads{
            "append-" + std::to_string(round) + "-" + std::to_string(load) + "-" + std::to_string(count), count};
        appends[{load, count}].push_back(measure_append(on, node, messages, threads, load, baselines[load].back()));
      }
    }
  node.stop();

  section s{.title = "Appends",
            .explanation = "`append` of a message with 300 bytes of content, acknowledged after the node's fsync. *of "
                           "echo*: rate / echo rate with as many in flight. *of SQLite*: rate / rows a second of raw "
                           "SQLite with as many rows in a commit. *of parts*: p50 / (echo p50 + commit p50). "
                           "*settled*: time until the node was idle after the load ended (its views had caught up).",
            .columns = {"in flight", "threads", "append/s", "p50", "p99", "max", "of echo", "of SQLite", "of parts",
                        "p99/p50", "settled"},
            .rows = {}};
  for (const auto& [key, rounds] : appends) s.rows.push_back(append_row(key.first, key.second, rounds));
  return {baseline_section(baselines, messages.append_body(0).size()), std::move(s)};
}

std::vector<section> measure_long_run(stage& on) {
  const message_set messages{content_bytes};
  auto node = on.start_node("long");
  const thread_group threads{"long", long_run_threads};
  create_threads(on.client(), threads, message_limit::none);

  std::uint64_t held = 0;
  section s{.title = "After many messages",
            .explanation = "The same 64 threads of one node, 64 appends in flight, at its start and after it was "
                           "filled; the echo each time beside it.",
            .columns = {"messages held", "append/s", "p50", "p99", "echo/s", "of echo", "of the start"},
            .rows = {}};
  double of_echo_at_start = 0;
  const auto measure_now = [&] {
    std::vector<append_round> rounds;
    std::vector<figure> echoes;
    const auto held_before = held;
    for (std::size_t round = 0; round < on.settings().rounds; ++round) {
      echoes.push_back(on.measure_echo(long_run_in_flight, echo_same, messages.append_body(0)).summary());
      const auto result = append_to(on.client(), on.plan(long_run_in_flight), threads, messages);
      held += result.sent;
      append_round measured{.append = result.summary()};
      measured.of_echo = measured.append.rate / echoes.back().rate;
      measured.settled_seconds = node.wait_until_idle().count();
      progress("append, " + std::to_string(held) + " messages held", measured.append);
      rounds.push_back(measured);
    }
    const auto append = median_figure(rounds, [](const auto& r) { return r.append; });
    const auto of_echo = median_of(rounds, [](const auto& r) { return r.of_echo; });
    if (of_echo_at_start == 0) of_echo_at_start = of_echo;
    s.rows.push_back({number_text(static_cast<double>(held_before)), number_text(append.rate),
                      duration_text(append.p50), duration_text(append.p99), number_text(median(echoes).rate),
                      ratio_text(of_echo), ratio_text(of_echo / of_echo_at_start)});
  };

  measure_now();
  if (held < on.settings().long_messages) {
    const auto missing = (on.settings().long_messages - held) / threads.count;
    progress("filling up to " + std::to_string(on.settings().long_messages) + " messages");
    fill_threads(on.client(), threads, messages, missing);
    held += missing * threads.count;
    node.wait_until_idle();
  }
  measure_now();
  node.stop();
  return {std::move(s)};
}

} // namespace ropewalk::bench
