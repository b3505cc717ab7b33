#include "tests/support/system_client.hpp"

#include <stdexcept>

#include "transport/problem.hpp"
#include "transport/subject.hpp"

namespace ropewalk::tests {

std::string answer::type() const {
  const std::string full = body.value("type", "");
  return full.starts_with(transport::problem_urn) ? full.substr(transport::problem_urn.size()) : full;
}

system_client::~system_client() { disconnect(); }

void system_client::connect(std::string url) {
  url_ = std::move(url);
  auto client = transport::nats_connection::connect({.url = url_, .client_name = "test"});
  if (!client) throw std::runtime_error("cannot connect: " + client.error().detail);
  client_ = *std::move(client);
}

void system_client::disconnect() {
  if (client_) client_->close();
  client_.reset();
}

answer system_client::ask(const std::string& subject, const nlohmann::json& body,
                        const std::map<std::string, std::string>& headers, std::chrono::milliseconds timeout) {
  return ask_raw(subject, body.is_null() ? std::string{} : body.dump(), headers, timeout);
}

answer system_client::ask_raw(const std::string& subject, std::string_view body,
                            const std::map<std::string, std::string>& headers, std::chrono::milliseconds timeout) {
  std::vector<transport::header_view> views;
  for (const auto& [name, value] : headers) views.push_back({name, value});
  auto reply = client_->request(subject, views, body, timeout);
  if (!reply) return {reply.error().code == errc::timeout ? 0 : status(reply.error().code), {}};
  const auto code = reply->header(transport::error_code_header);
  return {code ? std::stoi(std::string(*code)) : 200, nlohmann::json::parse(reply->body())};
}

answer system_client::thread(const std::string& id, const std::string& verb, const nlohmann::json& body,
                           const std::string& key) {
  return ask(transport::thread_subject("rw", "acme", id, verb), body,
             key.empty() ? std::map<std::string, std::string>{}
                         : std::map<std::string, std::string>{{"Rw-Idempotency-Key", key}});
}

answer system_client::threads(const std::string& verb, const nlohmann::json& body) {
  return ask(transport::threads_subject("rw", "acme", verb), body);
}

} // namespace ropewalk::tests
