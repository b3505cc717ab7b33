#include "tests/support/test_system.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "transport/problem.hpp"
#include "transport/subject.hpp"

namespace ropewalk::tests {

std::string answer::type() const {
  const std::string full = body.value("type", "");
  return full.starts_with(transport::problem_urn) ? full.substr(transport::problem_urn.size()) : full;
}

std::string test_system::binary() {
  if (const char* given = std::getenv("ROPEWALK_BINARY")) return given;
  return ROPEWALK_BINARY;
}

test_system::test_system(std::vector<std::string> node_flags,
                         std::vector<std::pair<std::string, std::string>> node_environment,
                         const std::string& nats_settings)
    : node_flags_(std::move(node_flags)), node_environment_(std::move(node_environment)), port_(free_port()) {
  std::ofstream(scratch_ / "nats.conf") << nats_settings;
  url_ = "nats://127.0.0.1:" + std::to_string(port_);
  start_nats();
  auto client = transport::nats_connection::connect({.url = url_, .client_name = "test"});
  if (!client) throw std::runtime_error("cannot connect: " + client.error().detail);
  client_ = *std::move(client);
  start_node();
}

test_system::~test_system() {
  node_.kill_now();
  if (client_) client_->close();
  nats_.kill_now();
}

void test_system::start_nats() {
  nats_ = child_process({"nats-server", "-c", scratch_ / "nats.conf", "-a", "127.0.0.1", "-p", std::to_string(port_),
                         "-js", "-sd", scratch_ / "nats"},
                        scratch_ / "nats.log");
}

void test_system::start_node() {
  std::vector<std::string> argv{binary(), "node", "--nats", url_, "--data", data(), "--name", "test"};
  argv.insert(argv.end(), node_flags_.begin(), node_flags_.end());
  node_ = child_process(argv, scratch_ / "node.log", node_environment_);
  const bool serving =
      eventually([&] { return ask("rw.node.test.health", {}, {}, std::chrono::milliseconds(300)).code == 200; });
  if (!serving) throw std::runtime_error("the node does not serve:\n" + node_log());
}

answer test_system::ask(const std::string& subject, const nlohmann::json& body,
                        const std::map<std::string, std::string>& headers, std::chrono::milliseconds timeout) {
  return ask_raw(subject, body.is_null() ? std::string{} : body.dump(), headers, timeout);
}

answer test_system::ask_raw(const std::string& subject, std::string_view body,
                            const std::map<std::string, std::string>& headers, std::chrono::milliseconds timeout) {
  std::vector<transport::header_view> views;
  for (const auto& [name, value] : headers) views.push_back({name, value});
  auto reply = client_->request(subject, views, body, timeout);
  if (!reply) return {reply.error().code == errc::timeout ? 0 : status(reply.error().code), {}};
  const auto code = reply->header(transport::error_code_header);
  return {code ? std::stoi(std::string(*code)) : 200, nlohmann::json::parse(reply->body())};
}

answer test_system::thread(const std::string& id, const std::string& verb, const nlohmann::json& body,
                           const std::string& key) {
  return ask(transport::thread_subject("rw", "acme", id, verb), body,
             key.empty() ? std::map<std::string, std::string>{}
                         : std::map<std::string, std::string>{{"Rw-Idempotency-Key", key}});
}

answer test_system::threads(const std::string& verb, const nlohmann::json& body) {
  return ask(transport::threads_subject("rw", "acme", verb), body);
}

} // namespace ropewalk::tests
