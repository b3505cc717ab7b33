#pragma once
// Words for writing the verb table: fields that several verbs share, with their bounds from runtime/limits.hpp.

#include <array>

#include "runtime/limits.hpp"
#include "transport/verb_table.hpp"

namespace ropewalk::transport {

using namespace std::string_view_literals;

constexpr auto name_max = static_cast<std::int64_t>(limits::name_bytes);
constexpr auto seq_most = static_cast<std::int64_t>(limits::seq_max);
constexpr std::int64_t count_max = limits::count_max;

constexpr field_spec text(std::string_view name, std::int64_t min, std::int64_t max, std::string_view doc) {
  return {.name = name, .type = field_type::text, .min = min, .max = max, .doc = doc};
}
constexpr field_spec id_text(std::string_view name, std::string_view doc) {
  return {
      .name = name, .type = field_type::id, .min = 1, .max = static_cast<std::int64_t>(limits::id_bytes), .doc = doc};
}
constexpr field_spec integer(std::string_view name, std::int64_t min, std::int64_t max, std::string_view doc) {
  return {.name = name, .type = field_type::integer, .min = min, .max = max, .doc = doc};
}
constexpr field_spec boolean(std::string_view name, std::string_view fallback, std::string_view doc) {
  return {.name = name, .type = field_type::boolean, .fallback = fallback, .doc = doc};
}
constexpr field_spec time(std::string_view name, std::string_view doc) {
  return {.name = name, .type = field_type::time, .doc = doc};
}
constexpr field_spec choice(std::string_view name, std::span<const std::string_view> choices, std::string_view fallback,
                            std::string_view doc) {
  return {.name = name, .type = field_type::choice, .choices = choices, .fallback = fallback, .doc = doc};
}
constexpr field_spec object(std::string_view name, std::span<const field_spec> inner, std::string_view doc) {
  return {.name = name, .type = field_type::object, .doc = doc, .inner = inner};
}
constexpr field_spec required(field_spec f) {
  f.required = true;
  return f;
}
constexpr field_spec defaulting(field_spec f, std::string_view json) {
  f.fallback = json;
  return f;
}

// ---- shared fields ----
constexpr field_spec metadata_field{.name = "metadata",
                                    .type = field_type::metadata,
                                    .max = static_cast<std::int64_t>(limits::metadata_bytes),
                                    .doc = "any JSON object of the client's own; kept as it came"};
constexpr field_spec tags_field{.name = "tags",
                                .type = field_type::texts,
                                .min = 1,
                                .max = static_cast<std::int64_t>(limits::tag_bytes),
                                .count = static_cast<std::uint32_t>(limits::tags),
                                .doc = "kept sorted, each once"};
constexpr field_spec cursor_field{
    .name = "cursor", .type = field_type::cursor, .min = 1, .max = 1024, .doc = "`next_cursor` of the page before"};
constexpr field_spec reason_field = text("reason", 0, name_max, "for people; recorded with the event");
constexpr field_spec expected_seq_field =
    integer("expected_seq", 0, seq_most, "refuse with `seq_mismatch` unless the thread's `last_seq` is this");
constexpr field_spec message_id_field = id_text("id", "the message's id");
constexpr field_spec message_seq_field = integer("seq", 1, seq_most, "the message's seq");

inline constexpr field_spec limits_fields[] = {
    integer("max_messages", 0, seq_most, "beyond it the oldest messages are trimmed; 0 = unlimited"),
    integer("max_tokens", 0, count_max, "default token budget of `window`; 0 = none"),
    integer("ttl_seconds", 0, limits::ttl_max_s, "seconds of inactivity until the thread is deleted; 0 = never"),
};
constexpr field_spec limits_field =
    object("limits", limits_fields, "limits of this thread; absent ones are the node's defaults");

constexpr field_spec thread_name_field = text("name", 0, name_max, "for people; \"\" = none");
constexpr field_spec thread_user_field =
    text("user", 0, name_max, "whose thread it is; counts for the quota of threads a user");
constexpr field_spec thread_agent_field = text("agent", 0, name_max, "the agent that it belongs to");

inline constexpr std::string_view role_choices[] = {"system", "user", "assistant", "tool"};
inline constexpr std::string_view status_choices[] = {"active", "suspended", "closed"};
inline constexpr std::string_view id_or_seq[] = {"id", "seq"};

constexpr field_spec role_field = required(choice("role", role_choices, "", "who speaks"));
constexpr field_spec content_field{.name = "content",
                                   .type = field_type::content,
                                   .max = static_cast<std::int64_t>(limits::content_bytes),
                                   .doc = "a string, an array of parts (see message), or null beside `tool_calls`"};
constexpr field_spec tool_calls_field{.name = "tool_calls",
                                      .type = field_type::tool_calls,
                                      .max = static_cast<std::int64_t>(limits::content_bytes),
                                      .doc = "an assistant's calls, in OpenAI's shape"};
constexpr field_spec message_name_field =
    text("name", 1, name_max, "a participant's or a tool's name, as OpenAI has it");
constexpr field_spec tokens_field =
    integer("tokens", 0, limits::message_tokens, "the client's own count; absent = an estimate");

inline constexpr field_spec message_fields[] = {
    role_field,
    content_field,
    message_name_field,
    text("sender", 1, name_max, "who sent it, in the application's own terms"),
    tool_calls_field,
    text("tool_call_id", 1, name_max, "which call a `tool` message answers"),
    metadata_field,
    tokens_field,
    id_text("id", "chosen by the client, unique in the thread; absent = a UUIDv7"),
};

// ---- shared replies and refusals ----
constexpr reply_field receipt_reply{"receipt", "receipt", true, "what was made durable, and where"};
constexpr reply_field maybe_receipt_reply{"receipt", "receipt", false, "absent when nothing had to change"};
constexpr reply_field thread_reply{"thread", "thread", true, "the thread as it is afterwards"};
constexpr reply_field first_seq_trimmed_reply{"first_seq", "integer", false,
                                              "only when old messages were trimmed: the new first seq"};

constexpr problem_spec thread_not_found{"thread_not_found", errc::not_found, "the thread does not exist"};
constexpr problem_spec thread_exists{"thread_exists", errc::conflict, "a thread with that id exists"};
constexpr problem_spec thread_suspended{"thread_suspended", errc::conflict, "the thread is suspended"};
constexpr problem_spec thread_closed{"thread_closed", errc::conflict, "the thread is closed"};
constexpr problem_spec message_not_found{"message_not_found", errc::not_found, "the thread has no such message"};
constexpr problem_spec message_exists{"message_exists", errc::conflict, "a chosen message id is taken"};
constexpr problem_spec seq_mismatch{"seq_mismatch", errc::conflict, "`expected_seq` is not the thread's `last_seq`"};
constexpr problem_spec quota{"user_thread_limit", errc::limit, "the user has as many threads as the node allows"};
constexpr problem_spec thread_too_long{
    "thread_too_long", errc::limit,
    "it has more entries than one answer may cost; verify the node's directory instead"};
constexpr problem_spec thread_full{"thread_full", errc::limit, "system messages or seqs are used up"};

// The table's parts, in the order of the reference.
std::span<const verb_spec> thread_lifecycle_verbs() noexcept;
std::span<const verb_spec> thread_message_verbs() noexcept;
std::span<const verb_spec> threads_verbs() noexcept;
std::span<const verb_spec> workflow_verbs() noexcept;
std::span<const verb_spec> workflow_history_verbs() noexcept;
std::span<const verb_spec> workflow_work_verbs() noexcept;
std::span<const verb_spec> workflows_verbs() noexcept;
std::span<const verb_spec> schedule_verbs() noexcept;
std::span<const verb_spec> node_verbs() noexcept;

} // namespace ropewalk::transport
