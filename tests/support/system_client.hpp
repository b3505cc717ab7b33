#pragma once
// A client of whatever serves: asks as an agent would, and takes answers apart.

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "transport/nats_connection.hpp"

namespace ropewalk::tests {

struct answer {
  int code = 0; // 200, the problem's status, 0 = no answer in time, 503 = nobody serves the subject
  nlohmann::json body;
  std::string type() const; // the problem's type without its prefix
};

class system_client {
public:
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

  transport::nats_connection& client() { return *client_; }
  const std::string& url() const { return url_; }

protected:
  system_client() = default;
  ~system_client();
  void connect(std::string url); // throws std::runtime_error
  void disconnect();

private:
  std::string url_;
  std::unique_ptr<transport::nats_connection> client_;
};

// What `append` takes.
inline nlohmann::json user_message(const std::string& text) { return {{"role", "user"}, {"content", text}}; }

} // namespace ropewalk::tests
