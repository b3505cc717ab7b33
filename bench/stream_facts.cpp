#include "bench/stream_facts.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

#include "bench/cluster_nodes.hpp"
#include "bench/first_answers.hpp"
#include "bench/partition_stands.hpp"
#include "transport/stream_names.hpp"

namespace ropewalk::bench {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto api_time_out = 2s;
constexpr auto replicated_patience = 180s;

stream_facts read_facts(const std::string& text) {
  const auto said = nlohmann::json::parse(text);
  const auto& state = said.at("state");
  const auto cluster = said.value("cluster", nlohmann::json::object());
  const auto replicas = cluster.value("replicas", nlohmann::json::array());
  const bool in_step = std::all_of(replicas.begin(), replicas.end(), [](const auto& r) {
    return r.value("current", false) && !r.value("offline", false);
  });
  return {.subject = said.at("config").at("subjects").at(0),
          .leader = cluster.value("leader", ""),
          .in_step = in_step,
          .first = state.at("first_seq"),
          .last = state.at("last_seq"),
          .messages = state.at("messages")};
}

std::vector<question> questions_about(const std::vector<std::string>& streams) {
  std::vector<question> questions;
  for (const auto& name : streams) questions.push_back({"$JS.API.STREAM.INFO." + name, ""});
  return questions;
}

} // namespace

std::vector<stream_facts> facts_of(nats_connection& client, const std::vector<std::string>& streams) {
  std::vector<stream_facts> all;
  for (const auto& text : ask_all(client, questions_about(streams), api_time_out)) all.push_back(read_facts(text));
  return all;
}

void wait_replicated(nats_connection& client, const std::vector<std::string>& streams) {
  for (const auto give_up = clock::now() + replicated_patience;; std::this_thread::sleep_for(500ms)) {
    const auto answers =
        first_answers(client, questions_about(streams), {.every = api_time_out, .patience = api_time_out});
    if (std::all_of(answers.begin(), answers.end(), [](const auto& a) { return a && read_facts(a->text).in_step; }))
      return;
    if (clock::now() > give_up) throw std::runtime_error("the servers' streams do not get in step");
  }
}

std::vector<std::string> partition_streams(nats_connection& client, const std::string& cluster) {
  const transport::stream_names names{"rw", cluster};
  const auto all = stands(client);
  std::vector<std::string> streams;
  for (std::uint16_t p = 0; p < partitions_count; ++p) {
    const int owner = owner_of(all, p);
    if (owner < 0) throw std::runtime_error("partition " + std::to_string(p) + " has no owner");
    streams.push_back(names.stream({partition_id{p}, all[static_cast<std::size_t>(owner)][p].generation}));
  }
  return streams;
}

} // namespace ropewalk::bench
