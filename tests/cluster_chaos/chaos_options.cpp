#include "tests/cluster_chaos/chaos_options.hpp"

#include <random>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace ropewalk::chaos {
namespace {

std::chrono::seconds duration_of(const std::string& text) {
  std::size_t used = 0;
  const long long n = std::stoll(text, &used);
  const std::string unit = text.substr(used);
  if (n >= 0 && (unit == "s" || unit.empty())) return std::chrono::seconds(n);
  if (n >= 0 && unit == "m") return std::chrono::minutes(n);
  if (n >= 0 && unit == "h") return std::chrono::hours(n);
  throw std::invalid_argument(text);
}

} // namespace

std::string chaos_usage() {
  return "usage: chaos [--for 5m] [--seed N] [--worlds N] [--rounds 5] [--round 20s] [--nats 1|3] [--rate 150]\n"
         "             [--faults NAME,...] [--keep] [--planted] [--list]\n"
         "Real nodes and nats-servers under a load of writes, reads and workflows, and faults in random order; see docs/reliability.md.\n";
}

chaos_options parse_chaos_options(const std::vector<std::string>& words) {
  chaos_options o;
  o.seed = std::random_device{}();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto value = [&]() -> const std::string& {
      if (i + 1 == words.size()) throw std::runtime_error(word + " needs a value\n" + chaos_usage());
      return words[++i];
    };
    try {
      if (word == "--for") o.time = duration_of(value());
      else if (word == "--seed") o.seed = std::stoull(value());
      else if (word == "--worlds") o.worlds = std::stoi(value());
      else if (word == "--rounds") o.rounds = std::stoi(value());
      else if (word == "--round") o.round = duration_of(value());
      else if (word == "--nats") o.nats_servers = std::stoi(value());
      else if (word == "--rate") o.per_second = std::stoi(value());
      else if (word == "--keep") o.keep = true;
      else if (word == "--planted") o.planted = true;
      else if (word == "--list") o.list = true;
      else if (word == "--faults") {
        std::istringstream list(value());
        for (std::string name; std::getline(list, name, ',');) o.kinds.insert(name);
      } else throw std::runtime_error("no such option: " + word + "\n" + chaos_usage());
    } catch (const std::logic_error&) {
      throw std::runtime_error(word + " cannot be " + words[i] + "\n" + chaos_usage());
    }
  }
  if (o.nats_servers != 0 && o.nats_servers != 1 && o.nats_servers != 3)
    throw std::runtime_error("--nats must be 1 or 3\n" + chaos_usage());
  if (o.rounds < 1 || o.per_second < 1) throw std::runtime_error("--rounds and --rate must be at least 1");
  return o;
}

std::string command_of_world(const chaos_options& o, std::uint64_t seed) {
  std::string text = "chaos --worlds 1 --seed " + std::to_string(seed) + " --rounds " + std::to_string(o.rounds) +
                     " --round " + std::to_string(o.round.count()) + "s --rate " + std::to_string(o.per_second);
  if (o.nats_servers) text += " --nats " + std::to_string(o.nats_servers);
  const char* before = " --faults '";
  for (const std::string& kind : o.kinds) text += std::exchange(before, ",") + kind;
  if (!o.kinds.empty()) text += "'";
  return text;
}

} // namespace ropewalk::chaos
