// A program that embeds the runtime: a node on a thread of its own, whose workflows run functions of this program.
//
//   nats-server &
//   ropewalk_embed nats://127.0.0.1:4222 /tmp/embedded-data agent-1
//
// It defines the agent-creation workflow, starts one instance (or finds the one that was begun before: kill the
// program in the middle and run it again), tells what happens, and ends with it.

#include <cstdio>
#include <future>
#include <string>
#include <thread>

#include "actors/node.hpp"
#include "agent_creation.hpp"
#include "transport/nats_connection.hpp"
#include "transport/subject.hpp"

namespace {

using namespace std::chrono_literals;
using namespace ropewalk;
using workflow::json_value;

constexpr const char* prefix = "rw";
constexpr const char* org = "example";

// A node that serves until this goes.
class embedded_node {
public:
  embedded_node(actors::node_settings settings, actors::local_functions functions) : settings_(std::move(settings)) {
    control_.functions = std::move(functions);
    control_.on_serving = [this] { began_.set_value(true); };
    thread_ = std::thread([this] {
      error why;
      if (actors::run_node(settings_, control_, &why) == actors::node_end::failed_start) began_.set_value(false);
    });
  }
  ~embedded_node() {
    control_.stop = true;
    thread_.join();
  }
  bool serves() { return began_.get_future().get(); }

private:
  actors::node_settings settings_;
  actors::node_control control_;
  std::promise<bool> began_;
  std::thread thread_;
};

// Everything beside the functions goes over the wire, as from any other program.
result<json_value> ask(transport::nats_connection& nats, const std::string& subject, const json_value& body) {
  const auto reply = nats.request(subject, {}, body.dump(), 30s);
  if (!reply) return reply.error();
  const auto said = reply->reply();
  if (!said) return said.error();
  return json_value::parse(*said);
}

void tell(const transport::nats_message& event) {
  const json_value e = json_value::parse(event.body());
  const std::string type = e.at("type");
  if (type == "scheduled")
    std::printf("%-17s attempt %u\n", e.at("phase").get_ref<const std::string&>().c_str(),
                e.at("attempt").get<unsigned>());
  if (type == "step_completed") std::printf("  recorded: %s\n", e.at("step").get_ref<const std::string&>().c_str());
  if (type == "attempt_failed") std::printf("  failed:   %s\n", e.at("message").get_ref<const std::string&>().c_str());
  if (type == "completed") std::printf("  result:   %s\n", e.value("result", json_value()).dump().c_str());
  std::fflush(stdout);
}

int failed(const error& why) {
  std::fprintf(stderr, "%s %s\n", why.type.c_str(), why.detail.c_str());
  return 1;
}

int run(const std::string& url, const std::string& data, const std::string& id) {
  actors::node_settings settings;
  settings.name = "embedded";
  settings.nats_url = url;
  settings.data_dir = data;
  settings.prefix = prefix;
  settings.log_level = "warn";
  embedded_node node(settings, agent_creation::functions());
  if (!node.serves()) return 1; // it has logged why

  auto nats = transport::nats_connection::connect({.url = url, .client_name = "agent-creation"});
  if (!nats) return failed(nats.error());
  const auto events = (*nats)->subscribe(transport::event_subject(prefix, entity_kind::workflow, org, id), {}, tell);
  if (!events) return failed(events.error());

  const auto defined =
      ask(**nats, transport::workflows_subject(prefix, org, "define"), {{"definition", agent_creation::definition()}});
  if (!defined) return failed(defined.error());
  const json_value input{{"name", "planner"}, {"purpose", "plans trips"}};
  const auto started = ask(**nats, transport::workflow_subject(prefix, org, id, "start"),
                           {{"definition", "agent-creation"}, {"input", input}, {"if_absent", true}});
  if (!started) return failed(started.error());
  std::printf("%s %s\n", id.c_str(), started->at("created") == true ? "is started" : "was begun before, and goes on");

  const auto ended = ask(**nats, transport::workflow_subject(prefix, org, id, "result"), {{"wait_seconds", 25}});
  if (!ended) return failed(ended.error());
  std::printf("%s is %s\n%s\n", id.c_str(), ended->at("status").get_ref<const std::string&>().c_str(),
              ended->value("state", json_value::object()).dump(2).c_str());
  (*nats)->close();
  return ended->at("status") == "completed" ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s NATS-URL DATA-DIRECTORY WORKFLOW-ID\n", argv[0]);
    return 2;
  }
  return run(argv[1], argv[2], argv[3]);
}
