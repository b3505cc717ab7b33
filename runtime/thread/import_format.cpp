#include "runtime/thread/import_format.hpp"

#include <algorithm>

#include "runtime/thread/import_header.hpp"
#include "runtime/thread/message_fields.hpp"

namespace ropewalk::thread {

namespace {

// A stored message may be deeper than the request that brought it: import from OpenAI's shape puts unknown
// fields two objects down. What was exported must come in again.
constexpr json_limits file_limits{
    .max_bytes = limits::request_bytes, .max_depth = limits::json_depth + 2, .max_values = limits::json_values};

error below(std::string_view base, error inner) {
  const bool joined = inner.field.empty() || inner.field.front() == '[';
  inner.field = std::string(base) + (joined ? "" : ".") + inner.field;
  return inner;
}

error too_many(std::string_view field, std::size_t most) {
  return {errc::too_large,
          {},
          "has more than " + std::to_string(most) + " messages; import them in several requests",
          std::string(field)};
}

result<imported> decode_jsonl(std::string_view data, std::string_view field, std::size_t max_messages) {
  imported out;
  bool at_start = true;
  for (std::size_t number = 1; !data.empty(); ++number) {
    const auto end = std::min(data.find('\n'), data.size());
    const std::string_view line = data.substr(0, end);
    data.remove_prefix(std::min(end + 1, data.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const std::string place = std::string(field) + "[line " + std::to_string(number) + "]";
    const auto doc = json_document::parse(line, file_limits);
    if (!doc) return below(place, doc.error());
    const json_view value = doc->root();
    if (is_import_header(value)) {
      if (!at_start) return invalid(place, "a header line can only be the first; import one thread at a time");
      auto header = decode_import_header(value, field_place{place});
      if (!header) return header.error();
      out.thread = *std::move(header);
    } else {
      if (out.messages.size() == max_messages) return too_many(field, max_messages);
      auto draft = decode_message(value, place, unknown_fields::allow_archived);
      if (!draft) return draft.error();
      out.messages.push_back(*std::move(draft));
    }
    at_start = false;
  }
  return out;
}

result<imported> decode_openai(std::string_view data, std::string_view field, std::size_t max_messages) {
  const auto doc = json_document::parse(data, file_limits);
  if (!doc) return below(field, doc.error());
  json_view list = doc->root();
  std::string base(field);
  if (list.is(json_type::object)) {
    for (const json_member m : list.members())
      if (m.key != "messages")
        return invalid(base + "." + m.key, "is not a field that import can keep; only \"messages\" is");
    const auto messages = list.find("messages");
    if (!messages) return invalid(base + ".messages", "is required");
    list = *messages;
    base += ".messages";
  }
  if (!list.is(json_type::array))
    return invalid(base, "must be an array of messages, not " + std::string(name(list.type())));
  if (list.size() > max_messages) return too_many(base, max_messages);
  imported out;
  out.messages.reserve(list.size());
  for (const json_view message : list.elements()) {
    const field_place place{base};
    const std::string path = place.at(out.messages.size()).path();
    auto draft = decode_message(message, path, unknown_fields::keep_in_metadata);
    if (!draft) return draft.error();
    out.messages.push_back(*std::move(draft));
  }
  return out;
}

} // namespace

result<imported> decode_import(import_format format, std::string_view data, std::string_view field,
                               std::size_t max_messages) {
  return format == import_format::jsonl ? decode_jsonl(data, field, max_messages)
                                        : decode_openai(data, field, max_messages);
}

} // namespace ropewalk::thread
