#pragma once
// A request's body, checked against its verb's fields: every member known, of its type and within its
// bounds, required ones present, rules between fields kept. After that the values can be taken by name.
//
//   auto fields = body_fields::check(verb, body);
//   if (!fields) return fields.error();            // field "limits.max_messages", "must be an integer from
//   ..." std::string reason = fields->text("reason");
//
// What a message holds (content, tool calls, elements of `messages`) is checked where messages are decoded;
// here only the names are.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/instant.hpp"
#include "runtime/json_text.hpp"
#include "transport/verb_table.hpp"

namespace ropewalk::transport {

class body_fields {
public:
  static result<body_fields> check(const verb_spec& v, json_view body);

  bool has(std::string_view name) const noexcept { return find(name).has_value(); }
  std::optional<json_view> find(std::string_view name) const noexcept;

  // The field must be of that type in the table. Absent: "" or nullopt or the fallback.
  std::string text(std::string_view name) const;
  std::optional<std::string> optional_text(std::string_view name) const;
  std::optional<std::uint64_t> integer(std::string_view name) const;
  std::uint64_t integer_or(std::string_view name, std::uint64_t fallback) const;
  bool flag_or(std::string_view name, bool fallback) const;
  std::optional<instant> time(std::string_view name) const;
  std::optional<std::string> compact(std::string_view name) const;                   // metadata
  std::optional<std::vector<std::string>> sorted_texts(std::string_view name) const; // each once
  std::optional<body_fields> inner(std::string_view name) const;                     // an object's members

private:
  static result<body_fields> collect(std::span<const field_spec> specs, json_view object, const std::string& path);

  std::span<const field_spec> specs_;
  std::array<std::optional<json_view>, max_fields> values_;
};

} // namespace ropewalk::transport
