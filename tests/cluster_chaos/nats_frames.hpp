#pragma once
// Follows the client protocol of NATS in one direction of a connection and takes out the messages that a test chooses, so that the rest
// arrives as if they had never been sent:
//
//   nats_frames frames;
//   forward(frames.pass(bytes, [](const nats_frame& f) { return f.subject.ends_with(".to.n2"); }));   // true: it is lost
//
// Bytes come in pieces of any size and go on as soon as it is known what becomes of them. A message of up to most_looked_into bytes is held
// until it is whole, and seen whole; of a longer one only the first line is seen. What is not this protocol passes untouched, from
// there to the end of the connection.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ropewalk::chaos {

struct nats_frame { // PUB, HPUB, MSG or HMSG
  std::string_view subject;
  std::string_view reply_to; // "" = none
  std::string_view payload;  // without headers; "" of one that is not looked into
};
using frame_choice = std::function<bool(const nats_frame&)>;

class nats_frames {
public:
  static constexpr std::size_t most_looked_into =
      4 << 10; // of headers and payload: an acknowledgement has a hundred bytes
  static constexpr std::size_t longest_line = 64 << 10; // a server's INFO has a few thousand

  // What goes on of all that came so far. lost: null = nothing is taken out.
  std::string pass(std::string_view bytes, const frame_choice& lost);
  std::string rest(); // of a connection that ends in the middle of a frame: what was held
  std::uint64_t taken_out() const noexcept { return taken_out_; }

private:
  std::size_t take_line(std::string_view bytes, const frame_choice& lost, std::string& on);
  std::size_t take_body(std::string_view bytes, const frame_choice& lost, std::string& on);

  std::string held_;        // a line, or a message that is looked into, up to now
  std::size_t line_ = 0;    // of a message that is looked into: the length of its first line, with its end
  std::size_t headers_ = 0; // and of its headers
  std::size_t missing_ = 0; // bytes of the body that have not come, with its end
  bool losing_ = false;     // a long one is taken out
  bool foreign_ = false;    // another protocol
  std::uint64_t taken_out_ = 0;
};

// An answer of JetStream that a record was stored. One that it was not is none.
bool acknowledges_publish(const nats_frame& f);

} // namespace ropewalk::chaos
