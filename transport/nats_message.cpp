#include "transport/nats_message.hpp"

#include <nats/nats.h>

#include <cstdlib>
#include <string>

#include "transport/problem.hpp"

namespace ropewalk::transport {
namespace {

std::string_view view(const char* text) { return text ? std::string_view(text) : std::string_view{}; }

} // namespace

nats_message::~nats_message() {
  if (message_) natsMsg_Destroy(message_);
}

std::string_view nats_message::subject() const noexcept { return view(natsMsg_GetSubject(message_)); }
std::string_view nats_message::reply_to() const noexcept { return view(natsMsg_GetReply(message_)); }

std::string_view nats_message::body() const noexcept {
  return {natsMsg_GetData(message_), static_cast<std::size_t>(natsMsg_GetDataLength(message_))};
}

std::optional<std::string_view> nats_message::header(const char* name) const noexcept {
  const char* value = nullptr;
  if (natsMsgHeader_Get(message_, name, &value) != NATS_OK) return std::nullopt;
  return view(value);
}

std::vector<header_view> nats_message::headers() const {
  std::vector<header_view> all;
  const char** names = nullptr;
  int name_count = 0;
  if (natsMsgHeader_Keys(message_, &names, &name_count) != NATS_OK) return all;
  for (int i = 0; i < name_count; ++i) {
    const char** values = nullptr;
    int value_count = 0;
    if (natsMsgHeader_Values(message_, names[i], &values, &value_count) != NATS_OK) continue;
    for (int j = 0; j < value_count; ++j) all.push_back({names[i], view(values[j])});
    std::free(values); // the array is ours, the texts are the message's
  }
  std::free(names);
  return all;
}

result<std::string_view> nats_message::reply() const {
  static const std::string code_header(error_code_header);
  if (const auto code = header(code_header.c_str())) return from_problem(*code, body());
  return body();
}

} // namespace ropewalk::transport
