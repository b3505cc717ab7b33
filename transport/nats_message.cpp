#include "transport/nats_message.hpp"

#include <nats/nats.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "transport/problem.hpp"

namespace ropewalk::transport {
namespace {

std::string_view view(const char* text) { return text ? std::string_view(text) : std::string_view{}; }

} // namespace

nats_message::~nats_message() {
  if (message_) natsMsg_Destroy(message_);
}

// A received message is one piece of memory, "subject\0" ["reply\0"] [headers "\0"] body (cnats 3.4 to 3.12). Its
// parts are told by where the next one begins: nats-server lets a NUL pass in a subject, and the library's own
// header functions take the line after an empty value for that value and search beyond the end of the headers.
std::string_view nats_message::subject() const noexcept {
  const char* begin = natsMsg_GetSubject(message_);
  const char* next = natsMsg_GetReply(message_);
  return next ? std::string_view(begin, static_cast<std::size_t>(next - begin) - 1) : view(begin);
}

std::string_view nats_message::reply_to() const noexcept { return view(natsMsg_GetReply(message_)); }

std::string_view nats_message::body() const noexcept {
  return {natsMsg_GetData(message_), static_cast<std::size_t>(natsMsg_GetDataLength(message_))};
}

std::string_view nats_message::header_block() const noexcept {
  const char* before = natsMsg_GetReply(message_) ? natsMsg_GetReply(message_) : natsMsg_GetSubject(message_);
  const char* body_begin = natsMsg_GetData(message_);
  if (!before || !body_begin) return {};
  const char* begin = before + std::strlen(before) + 1;
  return begin < body_begin ? std::string_view(begin, static_cast<std::size_t>(body_begin - begin) - 1)
                            : std::string_view{};
}

result<std::vector<header_view>> nats_message::headers() const { return parse_header_block(header_block()); }

std::optional<std::string_view> nats_message::header(std::string_view name) const {
  const auto all = headers();
  if (!all) return std::nullopt;
  for (const header_view& h : *all)
    if (h.name == name) return h.value;
  return std::nullopt;
}

bool nats_message::no_responders() const noexcept { return natsMsg_IsNoResponders(message_); }

int nats_message::status_code() const noexcept {
  constexpr std::string_view before = "NATS/1.0 ";
  std::string_view block = header_block();
  if (!block.starts_with(before)) return 0;
  block.remove_prefix(before.size());
  int code = 0;
  std::from_chars(block.data(), block.data() + std::min<std::size_t>(block.size(), 3), code);
  return code;
}

result<std::string_view> nats_message::reply() const {
  if (const auto code = header(error_code_header)) return from_problem(*code, body());
  return body();
}

} // namespace ropewalk::transport
