#include "transport/nats_settings.hpp"

#include <algorithm>
#include <random>

#include "transport/nats_status.hpp"

namespace ropewalk::transport {
namespace {

constexpr int for_ever = -1;
constexpr std::int64_t reconnect_wait_ms = 100; // a restarted server is met again at once, not after 2 s
constexpr std::int64_t ping_interval_ms = 500;  // with two unanswered a stopped server is noticed in 1.5 s
constexpr int pings_unanswered = 2;
// A server that reads nothing holds a write up for ever, with the library's lock, and then nothing would notice.
constexpr std::int64_t write_deadline_ms = 2000;
constexpr int delivery_threads = 2; // for all subscriptions; the library's own default is one each

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return parts;
}

class setting {
public:
  explicit setting(natsOptions* o) : options_(o) {}
  template <class F, class... Args>
  setting& operator()(std::string_view what, F set, Args... args) {
    if (status_ == NATS_OK) {
      status_ = set(options_, args...);
      what_ = what;
    }
    return *this;
  }
  status_result outcome() const {
    if (status_ == NATS_OK) return ok();
    return invalid(std::string(what_), std::string("the NATS client refuses it: ") + natsStatus_GetText(status_));
  }

private:
  natsOptions* options_;
  natsStatus status_ = NATS_OK;
  std::string_view what_;
};

void apply_tls(setting& set, const nats_options& o) {
  if (!o.tls && o.tls_ca_file.empty() && o.tls_cert_file.empty()) return;
  set("tls", natsOptions_SetSecure, true);
  if (!o.tls_ca_file.empty()) set("tls_ca_file", natsOptions_LoadCATrustedCertificates, o.tls_ca_file.c_str());
  if (!o.tls_cert_file.empty())
    set("tls_cert_file", natsOptions_LoadCertificatesChain, o.tls_cert_file.c_str(), o.tls_key_file.c_str());
  if (!o.tls_hostname.empty()) set("tls_hostname", natsOptions_SetExpectedHostname, o.tls_hostname.c_str());
}

} // namespace

std::string_view name(connection_event e) noexcept {
  switch (e) {
  case connection_event::connected: return "connected";
  case connection_event::disconnected: return "disconnected";
  case connection_event::reconnected: return "reconnected";
  case connection_event::closed: return "closed";
  case connection_event::trouble: return "trouble";
  }
  return "unknown";
}

std::vector<std::string> servers_in_order(std::string_view urls, std::uint64_t draw) {
  std::vector<std::string> servers = split_at_commas(urls);
  std::mt19937_64 dice(draw);
  if (draw != 0) std::shuffle(servers.begin(), servers.end(), dice);
  return servers;
}

result<nats_settings> make_nats_settings(const nats_options& o) {
  nats_SetMessageDeliveryPoolSize(delivery_threads); // of the process; repeated calls change nothing
  natsOptions* raw = nullptr;
  if (const natsStatus s = natsOptions_Create(&raw); s != NATS_OK) return to_error(s, "NATS options");
  nats_settings settings(raw);

  const std::vector<std::string> urls = servers_in_order(o.url, o.order_draw);
  if (urls.empty()) return invalid("url", "must name at least one server");
  std::vector<const char*> servers;
  for (const std::string& u : urls) servers.push_back(u.c_str());

  setting set(raw);
  set("url", natsOptions_SetServers, servers.data(), static_cast<int>(servers.size()));
  // With it the library goes through the list as it is, and puts the server that it lost at its end: connections that
  // lose the same server meet the same next one. A single name is left to the library, which draws among its addresses.
  if (o.order_draw != 0 && urls.size() > 1) set("url", natsOptions_SetNoRandomize, true);
  set("client_name", natsOptions_SetName, o.client_name.c_str());
  set("connect_timeout", natsOptions_SetTimeout, static_cast<std::int64_t>(o.connect_timeout.count()));
  set("max_reconnect", natsOptions_SetMaxReconnect, for_ever);
  set("reconnect_wait", natsOptions_SetReconnectWait, reconnect_wait_ms);
  set("ping_interval", natsOptions_SetPingInterval, ping_interval_ms);
  set("max_pings_out", natsOptions_SetMaxPingsOut, pings_unanswered);
  set("write_deadline", natsOptions_SetWriteDeadline, write_deadline_ms);
  set("delivery", natsOptions_UseGlobalMessageDelivery, true);
  if (o.send_at_once) set("send_at_once", natsOptions_SetSendAsap, true);
  set("fail_requests", natsOptions_SetFailRequestsOnDisconnect, true);
  if (!o.user.empty()) set("user", natsOptions_SetUserInfo, o.user.c_str(), o.password.c_str());
  if (!o.creds_file.empty())
    set("creds_file", natsOptions_SetUserCredentialsFromFiles, o.creds_file.c_str(), static_cast<const char*>(nullptr));
  apply_tls(set, o);
  if (auto fine = set.outcome(); !fine) return fine.error();
  return settings;
}

} // namespace ropewalk::transport
