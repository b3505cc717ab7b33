#pragma once
// From a checked body to a command: one function a verb, listed beside the verb table.

#include <optional>
#include <string_view>
#include <variant>

#include "runtime/command.hpp"
#include "runtime/entity_key.hpp"
#include "transport/body_fields.hpp"
#include "transport/request_decoder.hpp"

namespace ropewalk::transport {

struct body_context {
  const body_fields& fields;
  json_view body;
  entity_key& key; // threads.create puts the id in
  std::optional<std::string_view> idempotency_key;
  const surroundings& around;
  bool& fresh_id;
};

using command_variant = decltype(decoded_request::what);
using command_body = result<command_variant> (*)(const body_context&);

// Never null for a verb of the table; a test holds the two together.
command_body command_body_of(const verb_spec& v) noexcept;

struct named_command_body {
  noun of;
  std::string_view verb;
  command_body decode;
};
std::span<const named_command_body> thread_write_bodies() noexcept;
std::span<const named_command_body> read_bodies() noexcept;

} // namespace ropewalk::transport
