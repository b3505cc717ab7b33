#include "tests/cluster_chaos/tcp_proxy.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <deque>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace ropewalk::chaos {
namespace {

constexpr std::size_t most_waiting = 4 << 20; // bytes of one direction of one connection; then the sender feels it
constexpr std::size_t one_read = 64 << 10;

std::int64_t proxy_clock_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void prepare_socket(int s) {
  fcntl(s, F_SETFL, fcntl(s, F_GETFL) | O_NONBLOCK);
  const int on = 1;
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

} // namespace

// One direction: bytes that came from one side and did not go to the other yet.
struct tcp_proxy::half {
  struct piece {
    std::int64_t due_ms;
    std::string bytes;
  };
  std::deque<piece> waiting;
  std::optional<nats_frames> frames; // of what comes
  std::size_t size = 0;
  bool from_ended = false; // nothing more comes
  bool to_ended = false;   // nobody takes it any more
  bool finished() const { return to_ended || (from_ended && waiting.empty()); }
};

struct tcp_proxy::connection {
  int client = -1, server = -1;
  half halves[2];
  bool broken = false; // lost bytes: what came after them would make no sense
  ~connection() {
    ::close(client);
    ::close(server);
  }
  int from(direction d) const { return d == to_server ? client : server; }
  int to(direction d) const { return d == to_server ? server : client; }
};

tcp_proxy::tcp_proxy(int server_port, protocol p) : server_port_(server_port), protocol_(p) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      ::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::runtime_error("a proxy cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

tcp_proxy::~tcp_proxy() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  wake();
  thread_.join();
  for (const int s : {listener_, wake_[0], wake_[1]}) ::close(s);
}

void tcp_proxy::wake() const {
  if (::write(wake_[1], "x", 1) < 0) return; // full: it wakes up anyhow
}

void tcp_proxy::set(direction d, flow f) {
  {
    const std::scoped_lock lock(mutex_);
    flows_[d] = f;
    if (f == losing)
      for (auto& c : connections_) {
        half& h = c->halves[d];
        tally_.lost += h.size;
        if (h.size) c->broken = true;
        h.waiting.clear();
        h.size = 0;
      }
  }
  wake();
}

void tcp_proxy::lose(direction d, frame_choice which) {
  const std::scoped_lock lock(mutex_);
  lost_messages_[d] = std::move(which);
}

void tcp_proxy::delay(direction d, int least_ms, int most_ms) {
  const std::scoped_lock lock(mutex_);
  least_ms_[d] = least_ms;
  most_ms_[d] = most_ms;
}

void tcp_proxy::close_connections() {
  {
    const std::scoped_lock lock(mutex_);
    tally_.closed += connections_.size();
    connections_.clear();
  }
  wake();
}

void tcp_proxy::heal() {
  {
    const std::scoped_lock lock(mutex_);
    for (const direction d : {to_server, to_client}) {
      flows_[d] = open;
      least_ms_[d] = most_ms_[d] = 0;
      lost_messages_[d] = nullptr;
    }
    tally_.closed += std::erase_if(connections_, [](const auto& c) { return c->broken; });
  }
  wake();
}

tcp_proxy::tally tcp_proxy::counts() const {
  const std::scoped_lock lock(mutex_);
  return tally_;
}

void tcp_proxy::accept_one() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  auto c = std::make_unique<connection>();
  c->client = client;
  c->server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(server_port_);
  // On loopback it is there or refused at once.
  if (::connect(c->server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
  prepare_socket(c->client);
  prepare_socket(c->server);
  if (protocol_ == nats)
    for (half& h : c->halves) h.frames.emplace();
  ++tally_.connections;
  connections_.push_back(std::move(c));
}

void tcp_proxy::take(connection& c, direction d) {
  half& h = c.halves[d];
  char buffer[one_read];
  const ssize_t n = ::read(c.from(d), buffer, sizeof buffer);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    h.from_ended = true;
    if (h.frames) put(h, d, h.frames->rest());
    return;
  }
  const auto size = static_cast<std::size_t>(n);
  if (flows_[d] == losing) {
    tally_.lost += size;
    c.broken = true;
    return;
  }
  if (!h.frames) return put(h, d, std::string(buffer, size));
  const std::uint64_t before = h.frames->taken_out();
  put(h, d, h.frames->pass({buffer, size}, lost_messages_[d]));
  tally_.messages_lost += h.frames->taken_out() - before;
}

// What is to go on, in time.
void tcp_proxy::put(half& h, direction d, std::string bytes) {
  if (bytes.empty()) return;
  std::int64_t due = 0;
  if (most_ms_[d] > 0) {
    jitter_ = jitter_ * 1664525 + 1013904223;
    const int span = most_ms_[d] - least_ms_[d] + 1;
    due = proxy_clock_ms() + least_ms_[d] + static_cast<int>((jitter_ >> 8) % static_cast<std::uint32_t>(span));
    if (!h.waiting.empty()) due = std::max(due, h.waiting.back().due_ms);
    tally_.delayed += bytes.size();
  }
  if (flows_[d] == holding) tally_.held += bytes.size();
  h.size += bytes.size();
  h.waiting.push_back({due, std::move(bytes)});
}

void tcp_proxy::give(connection& c, direction d, std::int64_t now_ms) {
  half& h = c.halves[d];
  while (!h.waiting.empty() && h.waiting.front().due_ms <= now_ms && !h.to_ended) {
    std::string& bytes = h.waiting.front().bytes;
    const ssize_t n = ::send(c.to(d), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n < 0) {
      h.to_ended = true;
      return;
    }
    tally_.passed += static_cast<std::uint64_t>(n);
    h.size -= static_cast<std::size_t>(n);
    bytes.erase(0, static_cast<std::size_t>(n));
    if (bytes.empty()) h.waiting.pop_front();
  }
  if (h.from_ended && h.waiting.empty() && !h.to_ended) {
    ::shutdown(c.to(d), SHUT_WR);
    h.to_ended = true;
  }
}

void tcp_proxy::run() {
  std::vector<pollfd> sockets;
  std::vector<std::pair<connection*, bool>> owners; // connection, is its client
  while (true) {
    int timeout_ms = 1000;
    sockets.assign({{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}});
    owners.clear();
    {
      const std::scoped_lock lock(mutex_);
      if (ended_) {
        connections_.clear();
        return;
      }
      const std::int64_t now = proxy_clock_ms();
      for (auto& c : connections_) {
        short events[2] = {0, 0}; // of client, of server
        for (const direction d : {to_server, to_client}) {
          half& h = c->halves[d];
          const int from = d == to_server ? 0 : 1;
          if (!h.from_ended && h.size < most_waiting) events[from] |= POLLIN;
          if (flows_[d] != open || h.to_ended) continue;
          if (!h.waiting.empty() && h.waiting.front().due_ms > now)
            timeout_ms = std::min(timeout_ms, static_cast<int>(h.waiting.front().due_ms - now));
          else if (!h.waiting.empty() || h.from_ended) events[1 - from] |= POLLOUT;
        }
        for (const bool client : {true, false}) {
          const short wanted = events[client ? 0 : 1];
          // With no events a dead socket would still wake us, again and again.
          sockets.push_back({wanted ? (client ? c->client : c->server) : -1, wanted, 0});
          owners.emplace_back(c.get(), client);
        }
      }
    }
    ::poll(sockets.data(), sockets.size(), timeout_ms);
    const std::scoped_lock lock(mutex_);
    char ignored[64];
    while (::read(wake_[0], ignored, sizeof ignored) > 0) {
    }
    for (std::size_t i = 0; i < owners.size(); ++i) {
      const auto [c, client] = owners[i];
      const bool alive = std::any_of(connections_.begin(), connections_.end(), [c = c](auto& x) { return x.get() == c; });
      if (alive && (sockets[i + 2].revents & (POLLIN | POLLHUP | POLLERR))) take(*c, client ? to_server : to_client);
    }
    const std::int64_t now = proxy_clock_ms();
    for (auto& c : connections_)
      for (const direction d : {to_server, to_client})
        if (flows_[d] == open) give(*c, d, now);
    std::erase_if(connections_, [](const auto& c) { return c->halves[to_server].finished() && c->halves[to_client].finished(); });
    if (sockets[1].revents & POLLIN) accept_one();
  }
}

} // namespace ropewalk::chaos
