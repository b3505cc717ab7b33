#include "agent_creation.hpp"

#include <thread>

namespace agent_creation {

using ropewalk::actors::local_call;
using ropewalk::actors::local_failure;
using ropewalk::workflow::failure;
using ropewalk::workflow::json_value;
using ropewalk::workflow::outcome;

json_value definition() {
  return json_value::parse(R"({
    "name": "agent-creation",
    "timeout": "1h",
    "retry": {"attempts": 3, "first": "100ms"},
    "timeouts": {"attempt": "5m"},
    "phases": [
      {"name": "council_approval", "run": "local", "function": "approve",
       "next": [{"when": {"at": "/approved", "is": true}, "to": "design"}, "end"]},
      {"name": "design", "run": "local", "function": "design"},
      {"name": "code_generation", "run": "local", "function": "generate"},
      {"name": "containerization", "run": "local", "function": "build_image",
       "compensate": {"run": "local", "function": "remove_image"}},
      {"name": "testing", "run": "local", "function": "test"},
      {"name": "registration", "run": "local", "function": "register",
       "compensate": {"run": "local", "function": "unregister"}},
      {"name": "deployment", "run": "local", "function": "deploy"}
    ]
  })");
}

namespace {

const std::string& name_of(const local_call& call) {
  const auto name = call.input.find("name");
  if (name == call.input.end() || !name->is_string())
    throw local_failure("bad_input", "the input must have a \"name\"", true); // trying again would not help
  return name->get_ref<const std::string&>();
}

outcome approve(const local_call& call) {
  json_value votes = json_value::object();
  // Each vote is recorded: a member who has voted is not asked again, whatever happens meanwhile.
  for (const char* member : {"architect", "security", "operations"})
    votes[member] = call.step(member, [&] { return json_value(!name_of(call).empty()); });
  bool all = true;
  for (const auto& vote : votes) all = all && vote.get<bool>();
  return json_value{{"approved", all}, {"votes", votes}};
}

outcome design(const local_call& call) {
  return json_value{{"design", {{"purpose", call.input.value("purpose", "to help")}, {"tools", {"search", "write"}}}}};
}

outcome generate(const local_call& call) {
  json_value files = json_value::array();
  for (const auto& tool : call.input.at("design").at("tools")) {
    if (call.cancelled()) return failure{{"cancelled", "nobody waits for it"}, false};
    files.push_back(tool.get<std::string>() + ".py");
    call.progress({{"files", files.size()}});
  }
  return json_value{{"files", files}};
}

outcome build_image(const local_call& call) { return json_value{{"image", name_of(call) + ":1"}}; }
outcome remove_image(const local_call&) { return json_value(nullptr); }

// Fails the first time, so that a second attempt can be seen.
outcome test(const local_call& call) {
  if (call.attempt == 1) return failure{{"flaky", "1 of 12 tests failed"}, false};
  return json_value{{"tests", {{"passed", 12}, {"failed", 0}}}};
}

outcome enter(const local_call& call) { return json_value{{"registered_as", "agents." + name_of(call)}}; }
outcome leave(const local_call&) { return json_value(nullptr); }

outcome deploy(const local_call& call) {
  return json_value{{"deployed", call.step("roll out", [&] { return call.input.at("image"); })}};
}

} // namespace

ropewalk::actors::local_functions functions() {
  return {{"approve", approve},
          {"design", design},
          {"generate", generate},
          {"build_image", build_image},
          {"remove_image", remove_image},
          {"test", test},
          {"register", enter},
          {"unregister", leave},
          {"deploy", deploy}};
}

} // namespace agent_creation
