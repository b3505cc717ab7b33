#pragma once
// How to reach NATS. The timings that suit a node are fixed in nats_connection.cpp with their reasons; here
// stands only what an operator must choose.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ropewalk::transport {

enum class connection_event { connected, disconnected, reconnected, closed, trouble };
std::string_view name(connection_event e) noexcept;

struct nats_options {
  std::string url = "nats://127.0.0.1:4222"; // several with commas
  // What their order is drawn with: connections with the same number meet the same server, as long as it is there for
  // all of them, and the same next one. 0: each connection draws for itself.
  std::uint64_t order_draw = 0;
  std::string client_name = "ropewalk";
  std::string user{}, password{}; // beside or instead of those in the URL
  std::string creds_file{};       // JWT and nkey, as nsc writes it
  bool tls = false;               // implied by tls:// and by each of the files
  std::string tls_ca_file{}, tls_cert_file{}, tls_key_file{};
  std::string tls_hostname{}; // expected in the server's certificate; "" = the URL's host
  // Each publish goes out by itself, at once, instead of gathering: for few messages that somebody waits for.
  bool send_at_once = false;
  // A node waits for a server that is not there yet; a tool says so at once.
  bool wait_for_server = true;
  std::chrono::milliseconds connect_timeout{2000};
  // Called on a thread of the client library; must not block. detail: the URL, or what went wrong.
  std::function<void(connection_event, std::string_view detail)> on_event{};
};

} // namespace ropewalk::transport
