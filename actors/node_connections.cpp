#include "actors/node_connections.hpp"

#include <fstream>
#include <random>
#include <string>
#include <utility>

#include "actors/log.hpp"

namespace ropewalk::actors {
namespace {

result<std::string> read_secret(const std::string& file) {
  std::ifstream in(file);
  std::string secret;
  if (!in || !std::getline(in, secret))
    return error{errc::invalid, "unreadable_secret", "cannot read a password from \"" + file + "\"", "password_file"};
  return secret;
}

result<transport::nats_options> nats_options_of(const node_settings& s) {
  transport::nats_options options;
  options.url = s.nats_url;
  options.order_draw = std::random_device{}() | std::uint64_t{1};
  options.client_name = "ropewalk-" + s.name;
  options.user = s.user;
  if (!s.password_file.empty()) {
    auto password = read_secret(s.password_file);
    if (!password) return password.error();
    options.password = *std::move(password);
  }
  options.creds_file = s.creds_file;
  options.tls_ca_file = s.tls_ca;
  options.tls_cert_file = s.tls_cert;
  options.tls_key_file = s.tls_key;
  return options;
}

// connection: which one of the node's.
auto log_events_of(std::string connection) {
  return [of = std::move(connection)](transport::connection_event e, std::string_view detail) {
    const bool fine = e == transport::connection_event::connected || e == transport::connection_event::reconnected;
    log_line(fine ? log_level::info : log_level::warn, "nats " + std::string(name(e)),
             {{"connection", of}, {"detail", std::string(detail)}});
  };
}

} // namespace

result<node_connections> node_connections::open(const node_settings& settings) {
  auto options = nats_options_of(settings);
  if (!options) return options.error();
  const std::string client = options->client_name;
  const auto connect = [&](const char* which) {
    options->on_event = log_events_of(which);
    return transport::nats_connection::connect(*options);
  };
  node_connections all;
  auto requests = connect("requests");
  if (!requests) return requests.error();
  all.requests = *std::move(requests);
  options->send_at_once = true;
  options->client_name = client + "-answers";
  auto answers = connect("answers");
  if (!answers) return answers.error();
  all.answers = *std::move(answers);
  if (!settings.cluster) return all;
  options->client_name = client + "-replication";
  auto replication = connect("replication");
  if (!replication) return replication.error();
  all.replication = *std::move(replication);
  return all;
}

std::optional<error> node_connections::lost() const {
  for (const auto& [connection, which] :
       {std::pair(requests.get(), "requests"), std::pair(answers.get(), "answers"), std::pair(replication.get(), "replication")})
    if (connection && connection->lost())
      return error{errc::unavailable,
                   "connection_lost",
                   "the server has ended the connection for " + std::string(which) +
                       " in a way that the client library does not come back from; see what was logged of it, and start the node again",
                   {}};
  return std::nullopt;
}

} // namespace ropewalk::actors
