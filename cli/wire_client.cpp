#include "cli/wire_client.hpp"

#include <algorithm>
#include <random>
#include <span>

#include <fmt/format.h>

#include "cli/discovery_patience.hpp"
#include "cli/file_text.hpp"
#include "runtime/json_fields.hpp"
#include "transport/request_decoder.hpp"
#include "transport/service_discovery.hpp"
#include "transport/subject.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t password_bytes = 4096;
// Not --timeout: that is a request's, and may be too short for a handshake.
constexpr std::chrono::milliseconds connect_timeout{2000};

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

} // namespace

result<reply_document> reply_document::parse(std::string bytes) {
  auto kept = std::make_unique<const std::string>(std::move(bytes));
  auto document = json_document::parse(*kept, record_limits);
  if (!document) return error{errc::internal, "bad_reply", "the reply is not JSON: " + document.error().detail, {}};
  return reply_document(std::move(kept), *std::move(document));
}

std::string reply_document::text_of(json_view object, std::string_view member) {
  const auto v = object.find(member);
  return v && v->is(json_type::string) ? v->string() : std::string{};
}

std::int64_t reply_document::number_of(json_view object, std::string_view member) {
  const auto v = object.find(member);
  return v && v->is(json_type::number) ? v->integer().value_or(0) : 0;
}

bool reply_document::flag(std::string_view member) const {
  const auto v = root().find(member);
  return v && v->is(json_type::boolean) && v->boolean();
}

result<std::unique_ptr<wire_client>> wire_client::connect(const endpoint& to) {
  transport::nats_options options;
  options.url = to.url;
  options.client_name = "ropewalk-cli";
  options.user = to.nats_user;
  if (!to.nats_password_file.empty()) {
    auto password = read_whole(to.nats_password_file, password_bytes);
    if (!password) return password.error();
    options.password = without_line_end(*std::move(password));
  }
  options.creds_file = to.creds_file;
  options.tls_ca_file = to.tls_ca;
  options.tls_cert_file = to.tls_cert;
  options.tls_key_file = to.tls_key;
  options.wait_for_server = false;
  options.connect_timeout = connect_timeout;
  auto connection = transport::nats_connection::connect(options);
  if (!connection)
    return error{errc::unavailable,
                 "no_server",
                 fmt::format("no NATS server answers at {} ({})", url_for_people(to.url), connection.error().detail),
                 {}};
  return std::unique_ptr<wire_client>(new wire_client(to, *std::move(connection)));
}

result<reply_document> wire_client::request(const std::string& subject, std::string_view body,
                                            std::string_view idempotency_key, std::chrono::milliseconds node_waits) {
  const transport::header_view key{transport::idempotency_header, idempotency_key};
  const std::span<const transport::header_view> headers(&key, idempotency_key.empty() ? 0 : 1);
  const auto answer = connection_->request(subject, headers, body, endpoint_.timeout + node_waits);
  if (!answer) return answer.error();
  const auto text = answer->reply();
  if (!text) return text.error();
  return reply_document::parse(std::string(*text));
}

result<reply_document> wire_client::thread(std::string_view id, std::string_view verb, std::string_view body,
                                           std::string_view idempotency_key) {
  return request(transport::thread_subject(endpoint_.prefix, endpoint_.org, id, verb), body, idempotency_key);
}

result<reply_document> wire_client::threads(std::string_view verb, std::string_view body,
                                            std::string_view idempotency_key) {
  return request(transport::threads_subject(endpoint_.prefix, endpoint_.org, verb), body, idempotency_key);
}

result<reply_document> wire_client::workflow(std::string_view id, std::string_view verb, std::string_view body,
                                             std::string_view idempotency_key, std::chrono::milliseconds node_waits) {
  return request(transport::workflow_subject(endpoint_.prefix, endpoint_.org, id, verb), body, idempotency_key,
                 node_waits);
}

result<reply_document> wire_client::workflows(std::string_view verb, std::string_view body,
                                              std::string_view idempotency_key) {
  return request(transport::workflows_subject(endpoint_.prefix, endpoint_.org, verb), body, idempotency_key);
}

result<reply_document> wire_client::schedule(std::string_view name, std::string_view verb, std::string_view body,
                                             std::string_view idempotency_key) {
  return request(transport::schedule_subject(endpoint_.prefix, endpoint_.org, name, verb), body, idempotency_key);
}

result<reply_document> wire_client::schedules(std::string_view verb, std::string_view body) {
  return request(transport::schedules_subject(endpoint_.prefix, endpoint_.org, verb), body, {});
}

result<reply_document> wire_client::node(std::string_view name, std::string_view verb, std::string_view body) {
  return request(transport::node_subject(endpoint_.prefix, name, verb), body, {});
}

result<std::unique_ptr<transport::nats_inbox>> wire_client::thread_events(std::string_view id) {
  return events(transport::event_subject(endpoint_.prefix, entity_kind::thread, endpoint_.org, id));
}

result<std::unique_ptr<transport::nats_inbox>> wire_client::workflow_events(std::string_view id) {
  return events(transport::event_subject(endpoint_.prefix, entity_kind::workflow, endpoint_.org, id));
}

result<std::unique_ptr<transport::nats_inbox>> wire_client::events(const std::string& subject) {
  auto inbox = connection_->open_inbox(subject);
  // What happens after the flush is not missed: the server knows of the subscription.
  if (inbox)
    if (auto flushed = connection_->flush(endpoint_.timeout); !flushed) return flushed.error();
  return inbox;
}

result<std::vector<std::string>> wire_client::nodes(std::chrono::milliseconds quiet) {
  std::random_device dice;
  const std::string reply_to = fmt::format("_INBOX.ropewalk.{:08x}{:08x}{:08x}", dice(), dice(), dice());
  auto inbox = connection_->open_inbox(reply_to);
  if (!inbox) return inbox.error();
  if (auto asked = connection_->publish_request("$SRV.INFO." + std::string(transport::service_name), reply_to, {}, "");
      !asked)
    return asked.error();
  std::vector<std::string> names;
  // Nodes of other prefixes answer as well: ours are those that serve our subjects.
  const auto is_ours = [&](json_view info, std::string_view node) {
    const auto endpoints = info.find("endpoints");
    if (!endpoints || !endpoints->is(json_type::array)) return false;
    const std::string subject = transport::node_subject(endpoint_.prefix, node, "health");
    for (const json_view e : endpoints->elements())
      if (reply_document::text_of(e, "subject") == subject) return true;
    return false;
  };
  const auto begun = std::chrono::steady_clock::now();
  const auto now = [&] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  };
  discovery_patience patience(quiet, endpoint_.timeout);
  for (auto left = patience.left(now()); left.count() > 0; left = patience.left(now())) {
    const auto answer = (*inbox)->next(left);
    if (!answer || answer->no_responders()) break;
    const auto doc = reply_document::parse(std::string(answer->body()));
    if (!doc) continue; // another program's answer on the same subject
    const auto about = doc->root().find("metadata");
    if (!about) continue;
    if (std::string name = reply_document::text_of(*about, "node"); is_ours(doc->root(), name)) {
      names.push_back(std::move(name));
      patience.heard(now());
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

} // namespace ropewalk::cli
