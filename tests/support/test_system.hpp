#pragma once
// A real nats-server and a real node on a free loopback port, and a client to talk to them.
//
//   test_system system;
//   auto made = system.ask("rw.v1.acme.thread.t1.create", {});
//   CHECK(made.code == 200);

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/support/child_process.hpp"
#include "tests/support/eventually.hpp"
#include "transport/nats_connection.hpp"

namespace ropewalk::tests {

struct answer {
  int code = 0; // 200, the problem's status, 0 = no answer in time, 503 = nobody serves the subject
  nlohmann::json body;
  std::string type() const; // the problem's type without its prefix
};

class test_system {
public:
  // node_flags: appended to `ropewalk node --nats … --data … --name test`. nats_settings: lines of nats-server's own
  // configuration file.
  explicit test_system(std::vector<std::string> node_flags = {},
                       std::vector<std::pair<std::string, std::string>> node_environment = {},
                       const std::string& nats_settings = {});
  ~test_system();

  answer ask(const std::string& subject, const nlohmann::json& body,
             const std::map<std::string, std::string>& headers = {},
             std::chrono::milliseconds timeout = std::chrono::seconds(10));
  answer ask_raw(const std::string& subject, std::string_view body,
                 const std::map<std::string, std::string>& headers = {},
                 std::chrono::milliseconds timeout = std::chrono::seconds(10));
  // The short way: thread("t1", "append", {...}) in org acme.
  answer thread(const std::string& id, const std::string& verb, const nlohmann::json& body = nlohmann::json::object(),
                const std::string& key = {});
  answer threads(const std::string& verb, const nlohmann::json& body = nlohmann::json::object());

  void start_nats();
  void start_node(); // and waits until it answers
  child_process& nats() { return nats_; }
  child_process& node() { return node_; }
  transport::nats_connection& client() { return *client_; }
  const std::string& url() const { return url_; }
  std::string data() const { return scratch_ / "data"; }
  std::string node_log() const { return read_file(scratch_ / "node.log"); }
  const scratch_directory& scratch() const { return scratch_; }
  static std::string binary(); // of ropewalk

private:
  scratch_directory scratch_;
  std::vector<std::string> node_flags_;
  std::vector<std::pair<std::string, std::string>> node_environment_;
  std::string url_;
  int port_;
  child_process nats_, node_;
  std::unique_ptr<transport::nats_connection> client_;
};

// What `append` takes.
inline nlohmann::json user_message(const std::string& text) { return {{"role", "user"}, {"content", text}}; }

} // namespace ropewalk::tests
