// How fast phases and steps go.

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "bench/echo_service.hpp"
#include "bench/sqlite_baseline.hpp"
#include "bench/thread_workload.hpp"
#include "bench/workflow_cases.hpp"
#include "bench/workflow_workload.hpp"

namespace ropewalk::bench {

namespace {

constexpr std::size_t many = 64;
constexpr std::size_t content_bytes = 300;
constexpr std::size_t held_phases = 256; // of one run each; a run takes 1,000 steps
constexpr std::chrono::seconds work_time_out{30};
// A workflow alone: its start and its phases, each a round trip and a commit. That its result goes out at the end is
// half a round trip more, which is not counted.
constexpr double trips_a_workflow = 1 + phases_a_workflow;

struct held_work_item {
  std::string subject, token;
  std::uint64_t run = 0;
};

/// Takes the work of phases and never answers it.
class work_holder {
public:
  explicit work_holder(nats_connection& client)
      : subscription_(client, "bench.work.held", [this](natsMsg* m) {
          const auto work = nlohmann::json::parse(
              std::string_view{natsMsg_GetData(m), static_cast<std::size_t>(natsMsg_GetDataLength(m))});
          const std::scoped_lock lock{mutex_};
          taken_.push_back({work.at("subject"), work.at("token"), work.at("run")});
          changed_.notify_one();
        }) {}

  std::vector<held_work_item> wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, work_time_out, [&] { return taken_.size() >= count; }))
      throw std::runtime_error("work was handed out for " + std::to_string(taken_.size()) + " phases of " +
                               std::to_string(count));
    return std::exchange(taken_, {});
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<held_work_item> taken_;
  nats_subscription subscription_;
};

std::string step_body(const held_work_item& work, std::uint64_t number, bool with_result) {
  std::string body = R"({"run":)" + std::to_string(work.run) + R"(,"token":")" + work.token + R"(","step":"s)" +
                     std::to_string(number) + '"';
  if (with_result) body += R"(,"result":{"done":true})";
  return body + '}';
}

struct step_figures {
  figure recorded; ///< steps a second that are begun and recorded: two requests each
  figure given;    ///< answered from the record
};

step_figures measure_steps(stage& on, std::size_t round) {
  work_holder holder{on.client()};
  start_workflows(on.client(), "held", "held-" + std::to_string(round) + "-", held_phases);
  const auto work = holder.wait_for(held_phases);
  const auto ask_step = [&](request& out, std::uint64_t number, const char* verb, bool with_result) {
    const auto& item = work[number % work.size()];
    out.subject = item.subject + verb;
    out.body = step_body(item, number, with_result);
  };
  // Slot by slot: begin, complete.
  std::vector<std::optional<std::uint64_t>> begun(many);
  step_figures measured;
  measured.recorded = run_load(on.client(), on.plan(many), [&](request& out, std::size_t slot, std::uint64_t number) {
                        if (const auto step = std::exchange(begun[slot], std::nullopt))
                          return ask_step(out, *step, ".step.complete", true);
                        begun[slot] = number;
                        ask_step(out, number, ".step.begin", false);
                      }).summary();
  measured.recorded.rate /= 2;
  // A hundred steps of each run, with names of their own.
  const std::uint64_t first = std::uint64_t{1} << 32, known = 100 * work.size();
  run_load(on.client(), {.in_flight = many, .requests = known}, [&](request& out, std::size_t, std::uint64_t number) {
    ask_step(out, first + number, ".step.complete", true);
  });
  measured.given = run_load(on.client(), on.plan(many), [&](request& out, std::size_t, std::uint64_t number) {
                     ask_step(out, first + number % known, ".step.begin", false);
                   }).summary();
  return measured;
}

struct phase_round {
  figure echo_alone, echo, append;
  sqlite_result sqlite;
  std::map<std::string, workflow_load> loads; ///< "agent 64", "local 1"
  std::map<std::string, double> processor;    ///< of the node, seconds a phase; "append": an append
  step_figures steps;
};

void measure_loads(stage& on, const ropewalk_node& node, phase_round& round, const char* kind) {
  for (const std::size_t at_once : {many, std::size_t{1}}) {
    const std::string key = std::string(kind) + " " + std::to_string(at_once);
    const auto before = node.processor_time();
    const auto load = run_workflows(on, kind, at_once);
    progress(key + " at once", load.workflows);
    node.wait_until_idle(); // what the views do behind it is its cost as well
    round.loads[key] = load;
    round.processor[key] =
        (node.processor_time() - before).count() / static_cast<double>(load.finished * phases_a_workflow);
  }
}

phase_round measure_round(stage& on, std::size_t number) {
  phase_round round;
  const message_set messages{content_bytes};
  const std::string name = "phases-" + std::to_string(number);
  {
    auto node = on.start_node(name);
    round.sqlite = measure_sqlite(on.directory(), 1, on.settings().measured);
    progress("SQLite commits of 1", round.sqlite.commits);
    round.echo_alone = on.measure_echo(1, echo_same, messages.append_body(0)).summary();
    progress("echo, 1 in flight", round.echo_alone);
    round.echo = on.measure_echo(many, echo_same, messages.append_body(0)).summary();
    progress("echo, 64 in flight", round.echo);
    const thread_group threads{"baseline", many};
    create_threads(on.client(), threads, message_limit::none);
    const auto before = node.processor_time();
    const auto appended = append_to(on.client(), on.plan(many), threads, messages);
    round.append = appended.summary();
    progress("append, 64 in flight", round.append);
    node.wait_until_idle();
    round.processor["append"] = (node.processor_time() - before).count() / static_cast<double>(appended.sent);
    define_workflow(on.client(), "agent", agent_work);
    define_workflow(on.client(), "held", held_work, 1);
    measure_loads(on, node, round, "agent");
    round.steps = measure_steps(on, number);
    progress("steps over the wire, begun and recorded", round.steps.recorded);
    progress("recorded steps over the wire", round.steps.given);
    node.wait_until_idle();
    node.stop();
  }
  auto node = on.start_node(name, own_directory() / "bench_local_node");
  define_workflow(on.client(), "local", local_work);
  define_workflow(on.client(), "local-steps", local_steps_work);
  measure_loads(on, node, round, "local");
  measure_loads(on, node, round, "local-steps");
  node.stop();
  return round;
}

template <class Field>
double median_of(const std::vector<phase_round>& rounds, Field field) {
  std::vector<double> values;
  for (const auto& round : rounds) values.push_back(field(round));
  return median(std::move(values));
}

template <class Field>
figure median_figure(const std::vector<phase_round>& rounds, Field field) {
  std::vector<figure> figures;
  for (const auto& round : rounds) figures.push_back(field(round));
  return median(figures);
}

/// The sum of what one workflow has to wait for, raw.
double parts_of_one(const phase_round& r) {
  return trips_a_workflow * static_cast<double>((r.echo_alone.p50 + r.sqlite.commits.p50).count());
}

section phase_section(const std::vector<phase_round>& rounds) {
  const auto append = median_figure(rounds, [](const auto& r) { return r.append; });
  const auto echo = median_figure(rounds, [](const auto& r) { return r.echo; });
  const auto processor = [&](const std::string& key) {
    const double seconds = median_of(rounds, [&](const auto& r) { return r.processor.at(key); });
    return duration_text(nanoseconds{static_cast<std::int64_t>(seconds * 1e9)});
  };
  section s{
      .title = "Phases",
      .explanation =
          "Workflows of seven trivial phases. *agent*: one worker process answers each over NATS. "
          "*local*: functions of a program that embeds the node; *local-steps*: each of them records " +
          std::to_string(steps_a_phase) + " steps. In the same rounds thread appends with 64 in flight: " +
          number_text(append.rate) + "/s, the echo with as many: " + number_text(echo.rate) +
          "/s. *processor*: time of the node's threads a phase, with what its views do behind it; an append takes " +
          processor("append") +
          ". *of appends*: phases/s / appends/s. *of agent*: phases/s / those of agents with as "
          "many at once; of local-steps: steps/s.",
      .columns = {"phases by", "at once", "workflows/s", "p50", "p99", "phases/s", "processor", "of appends",
                  "of agent"},
      .rows = {}};
  for (const char* kind : {"agent", "local", "local-steps"})
    for (const std::size_t at_once : {many, std::size_t{1}}) {
      const std::string count = " " + std::to_string(at_once), key = kind + count;
      const double each = kind == std::string_view("local-steps") ? steps_a_phase : 1;
      const auto of = [&](const phase_round& r) { return r.loads.at(key); };
      const auto f = median_figure(rounds, [&](const auto& r) { return of(r).workflows; });
      s.rows.push_back(
          {kind, std::to_string(at_once), number_text(f.rate), duration_text(f.p50), duration_text(f.p99),
           number_text(f.rate * phases_a_workflow), processor(key),
           ratio_text(median_of(rounds, [&](const auto& r) { return of(r).phases_a_second() / r.append.rate; })),
           ratio_text(median_of(rounds, [&](const auto& r) {
             return each * of(r).phases_a_second() / r.loads.at("agent" + count).phases_a_second();
           }))});
    }
  return s;
}

section alone_section(const std::vector<phase_round>& rounds) {
  const auto echo = median_figure(rounds, [](const auto& r) { return r.echo_alone; });
  const auto commit = median_figure(rounds, [](const auto& r) { return r.sqlite.commits; });
  const auto one = median_figure(rounds, [](const auto& r) { return r.loads.at("agent 1").workflows; });
  section s{.title = "One workflow alone",
            .explanation = "From its start to its result, by agents. *parts*: eight times (its start and seven phases) "
                           "the p50 of an echo alone and of a raw SQLite commit of one row.",
            .columns = {"workflow p50", "echo p50", "commit p50", "parts", "of parts"},
            .rows = {}};
  s.rows.push_back({duration_text(one.p50), duration_text(echo.p50), duration_text(commit.p50),
                    duration_text(nanoseconds{static_cast<std::int64_t>(median_of(rounds, parts_of_one))}),
                    ratio_text(median_of(rounds, [](const auto& r) {
                      return static_cast<double>(r.loads.at("agent 1").workflows.p50.count()) / parts_of_one(r);
                    }))});
  return s;
}

section step_section(const std::vector<phase_round>& rounds) {
  section s{.title = "Steps over the wire",
            .explanation =
                "64 in flight, of 256 runs. A new step is two requests and two commits; one that is recorded "
                "is answered from the journal. *of agent*: steps/s / agent phases/s with 64 at once.",
            .columns = {"step", "steps/s", "request p50", "request p99", "of agent"},
            .rows = {}};
  for (const auto& [name, part] : {std::pair{"begun and recorded", &step_figures::recorded},
                                   std::pair{"given back from the record", &step_figures::given}}) {
    const auto f = median_figure(rounds, [&, part = part](const auto& r) { return r.steps.*part; });
    s.rows.push_back({name, number_text(f.rate), duration_text(f.p50), duration_text(f.p99),
                      ratio_text(median_of(rounds, [&, part = part](const auto& r) {
                        return (r.steps.*part).rate / r.loads.at("agent 64").phases_a_second();
                      }))});
  }
  return s;
}

} // namespace

std::vector<section> measure_phases(stage& on) {
  const auto worker = on.start_worker();
  std::vector<phase_round> rounds;
  for (std::size_t round = 0; round < on.settings().rounds; ++round) rounds.push_back(measure_round(on, round));
  return {phase_section(rounds), alone_section(rounds), step_section(rounds)};
}

} // namespace ropewalk::bench
