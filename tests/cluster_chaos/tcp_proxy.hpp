#pragma once
// A network link that a test can break: a TCP proxy on loopback in front of one server, with a thread of its own.
//
//   tcp_proxy link(server_port);
//   connect("nats://127.0.0.1:" + std::to_string(link.port()));
//   link.set(tcp_proxy::to_client, tcp_proxy::losing);  // what the server says, acknowledgements among it, is lost
//   link.heal();                                        // connections that lost bytes are closed
//
//   tcp_proxy link(server_port, tcp_proxy::nats);         // follows the messages of a client of NATS, so that single ones can go
//   link.lose(tcp_proxy::to_client, acknowledges_publish);
//
// While a direction holds, bytes wait, also past the end of who sent them, and are delivered by heal().

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/cluster_chaos/nats_frames.hpp"

namespace ropewalk::chaos {

class tcp_proxy {
public:
  enum direction { to_server, to_client };
  enum flow { open, holding, losing };

  enum protocol { any, nats };

  explicit tcp_proxy(int server_port, protocol p = any); // throws std::runtime_error
  ~tcp_proxy();
  tcp_proxy(const tcp_proxy&) = delete;
  tcp_proxy& operator=(const tcp_proxy&) = delete;

  int port() const noexcept { return port_; }
  void set(direction d, flow f);
  void lose(direction d, frame_choice which);         // messages, of NATS alone; called on the proxy's thread
  void delay(direction d, int least_ms, int most_ms); // each piece of what comes from now on, in order
  void close_connections();                           // as a reset on the way
  void heal();

  struct tally {
    std::uint64_t passed = 0, held = 0, lost = 0, delayed = 0; // bytes
    std::uint64_t connections = 0, closed = 0, messages_lost = 0;
  };
  tally counts() const;

private:
  struct connection;
  struct half;
  void run();
  void accept_one();
  void take(connection& c, direction d);
  void put(half& h, direction d, std::string bytes);
  void give(connection& c, direction d, std::int64_t now_ms);
  void wake() const;

  const int server_port_;
  const protocol protocol_;
  int listener_ = -1, port_ = 0, wake_[2] = {-1, -1};
  mutable std::mutex mutex_; // of all below
  bool ended_ = false;
  flow flows_[2] = {open, open};
  frame_choice lost_messages_[2];
  int least_ms_[2] = {0, 0}, most_ms_[2] = {0, 0};
  std::vector<std::unique_ptr<connection>> connections_;
  tally tally_;
  std::uint32_t jitter_ = 1;
  std::thread thread_;
};

} // namespace ropewalk::chaos
