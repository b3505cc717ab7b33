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
  entity_key& key; // verbs across entities that mean a single one name it here
  std::optional<std::string_view> idempotency_key;
  const surroundings& around;
  bool& fresh_id;
  std::string& task_token;
};

// An id that the client left to us. A repeat of a keyed request must mean the same new entity, so its id follows
// from the key then. what: "thread id"; beside: what else the id depends on.
std::string new_entity_id(const body_context& c, std::string_view what, std::string_view beside);
// The body's field `id`, or a new one, becomes the key's.
void take_id(const body_context& c, std::string_view what);

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
std::span<const named_command_body> workflow_bodies() noexcept;
std::span<const named_command_body> workflows_bodies() noexcept;
std::span<const named_command_body> schedule_bodies() noexcept;

// A start by either noun; key.id is known.
result<command_variant> start_workflow(const body_context& c);

} // namespace ropewalk::transport
