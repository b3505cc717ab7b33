#pragma once
// Requests of a tool: one at a time, blocking, answered by a checked document or the error that the reply
// tells.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/endpoint.hpp"
#include "runtime/json_text.hpp"
#include "runtime/result.hpp"
#include "transport/nats_connection.hpp"

namespace ropewalk::cli {

// A reply and the bytes that its views point into.
class reply_document {
public:
  static result<reply_document> parse(std::string bytes);
  json_view root() const { return document_.root(); }
  std::string_view bytes() const { return *bytes_; }

  // Of the root, or of root[member]; "" and 0 if there is no such member of that type.
  std::string text(std::string_view member) const { return text_of(root(), member); }
  std::int64_t number(std::string_view member) const { return number_of(root(), member); }
  bool flag(std::string_view member) const;

  static std::string text_of(json_view object, std::string_view member);
  static std::int64_t number_of(json_view object, std::string_view member);

private:
  reply_document(std::unique_ptr<const std::string> bytes, json_document document)
      : bytes_(std::move(bytes)), document_(std::move(document)) {}
  std::unique_ptr<const std::string> bytes_;
  json_document document_;
};

class wire_client {
public:
  static result<std::unique_ptr<wire_client>> connect(const endpoint& to);

  const endpoint& where() const noexcept { return endpoint_; }
  transport::nats_connection& connection() noexcept { return *connection_; }

  // An empty key sends none.
  result<reply_document> thread(std::string_view id, std::string_view verb, std::string_view body,
                                std::string_view idempotency_key = {});
  result<reply_document> threads(std::string_view verb, std::string_view body, std::string_view idempotency_key = {});
  // node_waits: how long the node itself may take to answer, beside the time-out.
  result<reply_document> workflow(std::string_view id, std::string_view verb, std::string_view body,
                                  std::string_view idempotency_key = {}, std::chrono::milliseconds node_waits = {});
  result<reply_document> workflows(std::string_view verb, std::string_view body, std::string_view idempotency_key = {});
  result<reply_document> schedule(std::string_view name, std::string_view verb, std::string_view body,
                                  std::string_view idempotency_key = {});
  result<reply_document> schedules(std::string_view verb, std::string_view body);
  result<reply_document> node(std::string_view name, std::string_view verb, std::string_view body = "{}");

  // Live events of a thread or a workflow, from now on.
  result<std::unique_ptr<transport::nats_inbox>> thread_events(std::string_view id);
  result<std::unique_ptr<transport::nats_inbox>> workflow_events(std::string_view id);

  // Names of the nodes that answer service discovery, sorted. The first one may take as long as any answer, the others are
  // waited for until nobody new has answered for `quiet`.
  result<std::vector<std::string>> nodes(std::chrono::milliseconds quiet);

private:
  wire_client(endpoint to, std::unique_ptr<transport::nats_connection> connection)
      : endpoint_(std::move(to)), connection_(std::move(connection)) {}
  result<reply_document> request(const std::string& subject, std::string_view body, std::string_view idempotency_key,
                                 std::chrono::milliseconds node_waits = {});
  result<std::unique_ptr<transport::nats_inbox>> events(const std::string& subject);

  endpoint endpoint_;
  std::unique_ptr<transport::nats_connection> connection_;
};

} // namespace ropewalk::cli
