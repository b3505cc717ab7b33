#include "bench/partition_stands.hpp"

#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

#include "bench/cluster_nodes.hpp"

namespace ropewalk::bench {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto look_every = 200ms;
constexpr auto spread_patience = 120s;
constexpr auto heard_by_all = 2s; // a new owner's beats, one every 500 ms: until then a request may go to the old one

bool all_in_step(const std::vector<member_stand>& all) {
  for (int node = 0; node < cluster_size; ++node)
    if (!has_all(all, node)) return false;
  return true;
}

std::string in_words(const std::vector<member_stand>& all) {
  std::string text;
  for (int p = 0; p < partitions_count; ++p)
    if (owner_of(all, p) < 0) text += "partition " + std::to_string(p) + " has no owner, ";
  for (int node = 0; node < cluster_size; ++node)
    text += (node ? ", " : "") + node_name(node) +
            (all[static_cast<std::size_t>(node)].empty() ? " does not answer"
             : has_all(all, node)                        ? " is in step"
                                                         : " is behind");
  return text;
}

} // namespace

question stand_question(int node) { return {node_subject(node, "partitions"), "{}"}; }

member_stand read_stand(const std::string& text) {
  member_stand stand(partitions_count);
  const auto said = nlohmann::json::parse(text);
  for (const auto& p : said.at("partitions")) {
    partition_stand& s = stand.at(p.at("partition").get<std::size_t>());
    s.serving = p.at("serving");
    s.standing = p.at("standing");
    s.generation = p.at("generation");
    s.accepted = p.at("accepted");
    s.durable = p.at("durable");
  }
  return stand;
}

std::vector<member_stand> stands(nats_connection& client, std::chrono::milliseconds patience) {
  std::vector<question> questions;
  for (int node = 0; node < cluster_size; ++node) questions.push_back(stand_question(node));
  std::vector<member_stand> all;
  for (const auto& answer : first_answers(client, questions, {.every = patience, .patience = patience}))
    all.push_back(answer ? read_stand(answer->text) : member_stand{});
  return all;
}

int owner_of(const std::vector<member_stand>& all, int partition) {
  for (int node = 0; node < cluster_size; ++node) {
    const member_stand& of = all[static_cast<std::size_t>(node)];
    if (!of.empty() && of[static_cast<std::size_t>(partition)].serving) return node;
  }
  return -1;
}

bool has_all(const std::vector<member_stand>& all, int node) {
  const member_stand& mine = all[static_cast<std::size_t>(node)];
  if (mine.empty()) return false;
  for (int p = 0; p < partitions_count; ++p) {
    const int owner = owner_of(all, p);
    if (owner < 0) return false;
    const auto at = static_cast<std::size_t>(p);
    const partition_stand& there = all[static_cast<std::size_t>(owner)][at];
    if (!mine[at].standing || mine[at].generation != there.generation || mine[at].durable < there.accepted)
      return false;
  }
  return true;
}

void wait_in_step(nats_connection& client, std::chrono::seconds patience) {
  for (const auto give_up = clock::now() + patience;; std::this_thread::sleep_for(look_every)) {
    const auto all = stands(client);
    if (all_in_step(all)) return;
    if (clock::now() > give_up) throw std::runtime_error("the members do not get in step: " + in_words(all));
  }
}

void spread_owners(nats_connection& client) {
  auto since = clock::now();
  for (const auto give_up = clock::now() + spread_patience;; std::this_thread::sleep_for(look_every)) {
    const auto all = stands(client);
    bool as_wanted = true;
    for (int p = 0; p < partitions_count; ++p) {
      const int owner = owner_of(all, p), wanted = p % cluster_size;
      if (owner == wanted) continue;
      as_wanted = false;
      if (owner < 0) continue;
      const nlohmann::json move{{"partition", p}, {"to", node_name(wanted)}};
      client.ask_if_there(node_subject(owner, "move"), move.dump(), 2s); // refused while the other one is not in step
    }
    if (!as_wanted) since = clock::now();
    if (clock::now() - since > heard_by_all) return;
    if (clock::now() > give_up)
      throw std::runtime_error("the partitions do not go to the members that they are given to");
  }
}

} // namespace ropewalk::bench
