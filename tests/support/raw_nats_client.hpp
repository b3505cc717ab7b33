#pragma once
// A NATS client that sends header blocks as they are given, right or wrong, which a client library would not.
//
//   raw_nats_client raw(port);
//   const auto reply = raw.request("rw.v1.acme.thread.t1.append", "NATS/1.0\r\nfoo\r\n\r\n", body);

#include <string>
#include <string_view>

namespace ropewalk::tests {

class raw_nats_client {
public:
  explicit raw_nats_client(int port); // connected; throws std::runtime_error
  ~raw_nats_client();
  raw_nats_client(const raw_nats_client&) = delete;
  raw_nats_client& operator=(const raw_nats_client&) = delete;

  // The reply's body; "" after 10 seconds without one. block "" = a message without headers.
  std::string request(std::string_view subject, std::string_view block, std::string_view body);

private:
  void send(std::string_view bytes);
  std::string line(); // without its CR LF
  std::string bytes(std::size_t n);
  bool receive();

  int socket_ = -1;
  std::string buffer_;
};

} // namespace ropewalk::tests
