#include "tests/chaos/storm_definition.hpp"

namespace ropewalk::tests {
namespace {

using nlohmann::json;

json agent_phase(const char* name) {
  return {{"name", name}, {"run", "agent"}, {"subject", "agents.storm"}, {"result", std::string("/") + name}};
}

// A worker may die any number of times; a phase that is planned to fail says so by a final error.
const json without_end{{"attempts", 0}, {"first", "20ms"}, {"most", "500ms"}};
const json heard_from{{"heartbeat", "4s"}};

} // namespace

json storm_definition() {
  json reserve = agent_phase("reserve");
  reserve["compensate"] = {
      {"run", "agent"}, {"subject", "agents.storm"}, {"retry", without_end}, {"timeouts", heard_from}};
  const json build{{"name", "build"},
                   {"run", "task"},
                   {"queue", "builders"},
                   {"result", "/build"},
                   {"compensate", {{"run", "task"}, {"queue", "builders"}, {"retry", without_end}}}};
  const json tell{{"name", "tell"},
                  {"run", "thread"},
                  {"thread", {{"$", "/thread"}}},
                  {"message", {{"role", "assistant"}, {"content", {{"$", "/thread"}}}}},
                  {"result", "/told"}};
  const json right = json::array({agent_phase("right"), {{"name", "doze"}, {"run", "sleep"}, {"for", "20ms"}}});
  const json both{{"name", "both"},
                  {"run", "parallel"},
                  {"branches", {{"left", json::array({agent_phase("left")})}, {"right", right}}}};
  json item = agent_phase("item");
  item.erase("result");
  item["input"] = {{"item", {{"$item", ""}}}};
  const json each{{"name", "each"}, {"run", "map"},     {"over", "/items"},
                  {"do", item},     {"concurrency", 2}, {"result", "/each"}};
  json phases = json::array({reserve,
                             {{"name", "nap"}, {"run", "sleep"}, {"until", {{"$", "/nap_until"}}}},
                             build,
                             tell,
                             both,
                             each,
                             {{"name", "script"}, {"run", "exec"}, {"command", "note"}, {"result", "/script"}},
                             {{"name", "sub"}, {"run", "workflow"}, {"definition", "drop"}, {"result", "/sub"}},
                             {{"name", "approval"}, {"run", "wait"}, {"signal", "go"}, {"result", "/approval"}},
                             agent_phase("maybe")});
  for (json& p : phases)
    if (p["run"] == "agent") p["timeouts"] = heard_from;
  return {{"name", "storm"}, {"retry", without_end}, {"phases", phases}};
}

json drop_definition() {
  json inner = agent_phase("inner");
  inner["timeouts"] = heard_from;
  return {{"name", "drop"},
          {"retry", without_end},
          {"phases", json::array({inner, {{"name", "blink"}, {"run", "sleep"}, {"for", "10ms"}}})}};
}

} // namespace ropewalk::tests
