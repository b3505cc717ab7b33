#include "tests/support/raw_nats_client.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <sstream>
#include <stdexcept>
#include <vector>

namespace ropewalk::tests {

raw_nats_client::raw_nats_client(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{10, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    throw std::runtime_error("no NATS server");
  send("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\nSUB answers.* 1\r\n");
}

raw_nats_client::~raw_nats_client() { ::close(socket_); }

std::string raw_nats_client::request(std::string_view subject, std::string_view block, std::string_view body) {
  std::ostringstream out;
  if (block.empty()) out << "PUB " << subject << " answers.1 " << body.size();
  else out << "HPUB " << subject << " answers.1 " << block.size() << ' ' << block.size() + body.size();
  out << "\r\n" << block << body << "\r\n";
  send(out.str());
  while (true) {
    const std::string head = line();
    if (head.empty()) return {};
    if (head == "PING") send("PONG\r\n");
    std::istringstream words(head);
    std::string verb, word;
    std::vector<std::size_t> numbers;
    words >> verb >> word >> word; // subject, subscription
    for (std::size_t n; words >> n;) numbers.push_back(n);
    if (verb == "MSG") {
      std::string text = bytes(numbers.at(0));
      bytes(2);
      return text;
    }
    if (verb == "HMSG") {
      std::string text = bytes(numbers.at(1)).substr(numbers.at(0));
      bytes(2);
      return text;
    }
  }
}

void raw_nats_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) throw std::runtime_error("the NATS server hung up");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool raw_nats_client::receive() {
  char piece[4096];
  const auto n = ::recv(socket_, piece, sizeof piece, 0);
  if (n > 0) buffer_.append(piece, static_cast<std::size_t>(n));
  return n > 0;
}

std::string raw_nats_client::line() {
  std::size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos)
    if (!receive()) return {};
  std::string text = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return text;
}

std::string raw_nats_client::bytes(std::size_t n) {
  while (buffer_.size() < n)
    if (!receive()) throw std::runtime_error("the NATS server hung up");
  std::string text = buffer_.substr(0, n);
  buffer_.erase(0, n);
  return text;
}

} // namespace ropewalk::tests
