#include "bench/workflow_workload.hpp"

#include <array>
#include <stdexcept>
#include <vector>

#include <nlohmann/json.hpp>

namespace ropewalk::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t start_in_flight = 64;
constexpr std::chrono::seconds ask_time_out{15};
constexpr std::array<std::string_view, phases_a_workflow> phase_names{
    "council_approval", "design", "code_generation", "containerization", "testing", "registration", "deployment"};

/// Requests of a slot alternate: start, result, start, ...
class workflow_source {
public:
  workflow_source(const std::string& definition, const std::string& prefix, std::size_t at_once,
                  std::chrono::milliseconds warm_up)
      : start_body_(R"({"definition":")" + definition + R"("})"), prefix_(prefix), slots_(at_once),
        measured_from_(clock::now() + warm_up) {}

  void fill(request& out, std::size_t index, std::uint64_t number) {
    slot& s = slots_[index];
    const auto now = clock::now();
    if (s.waiting) {
      s.waiting = false;
      out.subject = workflow_subject(s.id, "result");
      out.body = R"({"wait_seconds":10})";
      return;
    }
    if (!s.id.empty()) {
      ++finished;
      if (s.since >= measured_from_) latency.record(now - s.since);
    }
    s.id = prefix_ + std::to_string(number);
    s.since = now;
    s.waiting = true;
    out.subject = workflow_subject(s.id, "start");
    out.body = start_body_;
  }

  /// Those whose slot was not asked to go on: the last of each.
  std::vector<std::string> left_over() const {
    std::vector<std::string> ids;
    for (const slot& s : slots_)
      if (!s.id.empty()) ids.push_back(s.id);
    return ids;
  }

  latency_histogram latency;
  std::uint64_t finished = 0;

private:
  struct slot {
    std::string id;
    clock::time_point since;
    bool waiting = false; // started; its result is to be asked for
  };
  const std::string start_body_, prefix_;
  std::vector<slot> slots_;
  const clock::time_point measured_from_;
};

} // namespace

void define_workflow(nats_connection& client, std::string_view name, std::string_view work, std::size_t phases) {
  std::string body = R"({"definition":{"name":")" + std::string(name) + R"(","phases":[)";
  for (std::size_t i = 0; i < phases; ++i)
    body += (i == 0 ? "" : ",") + (R"({"name":")" + std::string(phase_names.at(i)) + R"(",)") + std::string(work) + "}";
  client.ask("rw.v1.bench.workflows.define", body + "]}}", ask_time_out);
}

std::string workflow_subject(std::string_view id, std::string_view verb) {
  return "rw.v1.bench.workflow." + std::string(id) + "." + std::string(verb);
}

workflow_load run_workflows(stage& on, const std::string& definition, std::size_t at_once) {
  const auto plan = on.plan(at_once);
  const auto before = count_workflows(on.client(), definition, "completed"); // ids of their own, run by run
  workflow_source source{definition, definition + "-" + std::to_string(before) + "-", at_once, plan.warm_up};
  const auto result = run_load(
      on.client(), plan, [&](request& out, std::size_t slot, std::uint64_t number) { source.fill(out, slot, number); });
  workflow_load load;
  // Two replies a workflow.
  load.workflows = {result.rate() / 2, source.latency.percentile(0.5), source.latency.percentile(0.99),
                    source.latency.max()};
  load.finished = source.finished;
  for (const auto& id : source.left_over()) {
    const auto ended =
        nlohmann::json::parse(on.client().ask(workflow_subject(id, "result"), R"({"wait_seconds":10})", ask_time_out));
    if (ended.at("status") != "completed") throw std::runtime_error(id + " is " + ended.at("status").dump());
    ++load.finished;
  }
  const auto completed = count_workflows(on.client(), definition, "completed") - before;
  if (completed != load.finished)
    throw std::runtime_error(std::to_string(load.finished) + " workflows of " + definition + " were seen to end, but " +
                             std::to_string(completed) + " are completed");
  return load;
}

void start_workflows(nats_connection& client, const std::string& definition, const std::string& prefix,
                     std::size_t count) {
  const std::string body = R"({"definition":")" + definition + R"("})";
  run_load(client, {.in_flight = std::min(start_in_flight, count), .requests = count},
           [&](request& out, std::size_t, std::uint64_t number) {
             out.subject = workflow_subject(prefix + std::to_string(number), "start");
             out.body = body;
           });
}

std::uint64_t count_workflows(nats_connection& client, std::string_view definition, std::string_view status) {
  const auto reply = client.ask(
      "rw.v1.bench.workflows.count",
      R"({"definition":")" + std::string(definition) + R"(","status":")" + std::string(status) + R"("})", ask_time_out);
  return nlohmann::json::parse(reply).at("count").get<std::uint64_t>();
}

} // namespace ropewalk::bench
