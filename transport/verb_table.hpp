#pragma once
// Each verb of the wire, described once. The decoder's checks, the reference page (docs/wire.md) and the
// JSON Schemas come from this table; a verb that is not in it does not exist.
//
//   const verb_spec* v = find_verb(noun::thread, "append");
//   for (const field_spec& f : v->fields) ...

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/result.hpp"
#include "transport/subject.hpp"

namespace ropewalk::transport {

enum class field_type : std::uint8_t {
  text,       // string; min and max are bytes of UTF-8
  id,         // string: 1 to limits::id_bytes, no control characters
  document,   // string, any text; max is bytes
  identifier, // string: 1 to max of A-Z a-z 0-9 _ -
  pointer,    // string: a JSON pointer (RFC 6901) of at most max bytes
  choice,     // string: one of `choices`
  integer,    // min to max, inclusive
  boolean,
  time,       // RFC 3339 string
  cursor,     // opaque string from an earlier reply
  metadata,   // object, kept as it came; max is bytes of compact JSON
  json,       // any value; max is bytes of compact JSON
  attributes, // object of at most `count` strings (of at most max bytes), numbers and booleans
  texts,      // array of strings: at most `count` elements of min to max bytes
  object,     // members are `inner`
  content,    // a message's content: string, array of parts, or null
  tool_calls, // a message's tool calls, OpenAI's shape
  messages,   // array of messages: 1 to `count`; members are `inner`
};

struct field_spec {
  std::string_view name;
  field_type type = field_type::text;
  bool required = false;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::uint32_t count = 0; // texts, messages: most elements
  std::span<const std::string_view> choices{};
  std::string_view fallback{}; // the default as JSON, "" = none
  std::string_view doc{};
  std::span<const field_spec> inner{};
};

// What holds between the fields of one body.
enum class rule_kind : std::uint8_t {
  exactly_one, // of the fields is given
  at_most_one,
  at_least_one,
  not_beside, // the first field excludes each of the others
};
struct rule_spec {
  rule_kind kind;
  std::span<const std::string_view> fields;
};

struct reply_field {
  std::string_view name;
  std::string_view type; // as the reference prints it: "string", "integer", "thread", "receipt", ...
  bool always = true;
  std::string_view doc{};
};

// A refusal beyond those that every verb knows (invalid, too_large, busy, unavailable, timeout, internal).
struct problem_spec {
  std::string_view type; // the problem's last part: "thread_not_found"
  errc code;
  std::string_view when;
};

struct verb_spec {
  transport::noun noun;
  std::string_view verb;
  bool writes = false; // takes Rw-Idempotency-Key and answers a receipt
  std::string_view doc;
  std::span<const field_spec> fields{};
  std::span<const rule_spec> rules{};
  std::span<const reply_field> reply{};
  std::span<const problem_spec> problems{};
  std::string_view example_request = "{}";
  std::string_view example_reply = "{}";
};

inline constexpr std::size_t max_fields = 24; // of one body; a test holds the table to it

// All verbs, in the order of the reference page; an index into it names a verb in counters.
std::span<const verb_spec> verbs() noexcept;
const verb_spec* find_verb(noun n, std::string_view verb) noexcept;
std::size_t index_of(const verb_spec& v) noexcept; // v must be of verbs()

// "thread.append"
std::string full_name(const verb_spec& v);

// JSON Schema (2020-12) of a verb's request body.
std::string json_schema(const verb_spec& v);

// The reference page, docs/wire.md, whole.
std::string wire_reference();

} // namespace ropewalk::transport
