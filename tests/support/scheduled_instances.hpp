#pragma once
// What a schedule has started, as the wire shows it.

#include <map>
#include <stdexcept>
#include <string>

#include "tests/support/system_client.hpp"

namespace ropewalk::tests {

inline answer ask_schedule(system_client& s, const std::string& name, const std::string& verb,
                           const nlohmann::json& body = nlohmann::json::object(), const std::string& key = {}) {
  std::map<std::string, std::string> headers;
  if (!key.empty()) headers["Rw-Idempotency-Key"] = key;
  return s.ask("rw.v1.acme.schedule." + name + '.' + verb, body, headers);
}

// The schedule object; null while nobody answers.
inline nlohmann::json schedule_of(system_client& s, const std::string& name) {
  const auto got = ask_schedule(s, name, "get");
  return got.code == 200 ? got.body["schedule"] : nlohmann::json();
}

// Scheduled time to status, of all instances that carry the schedule's name.
inline std::map<std::string, std::string> instances_of(system_client& s, const std::string& name) {
  std::map<std::string, std::string> all;
  std::string cursor;
  do {
    nlohmann::json body{{"attributes", {{"schedule", name}}}, {"limit", 1000}};
    if (!cursor.empty()) body["cursor"] = cursor;
    const auto page = s.ask("rw.v1.acme.workflows.list", body);
    if (page.code != 200) return {};
    for (const auto& w : page.body["workflows"]) all[w["attributes"]["scheduled_time"]] = w["status"];
    cursor = page.body.value("next_cursor", "");
  } while (!cursor.empty());
  return all;
}

inline void define_workflow(system_client& s, const nlohmann::json& document) {
  const auto made = s.ask("rw.v1.acme.workflows.define", {{"definition", document}});
  if (made.code != 200) throw std::runtime_error(made.body.dump());
}

} // namespace ropewalk::tests
