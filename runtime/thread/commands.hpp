#pragma once
// Everything that can be asked of one thread, decoded and checked against the verb table. Writes are decided
// by the machine (machine.hpp); reads are answered by the actor from its cache or the views.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/limits.hpp"
#include "runtime/thread/message.hpp"
#include "runtime/thread/snapshot.hpp"
#include "runtime/thread/window.hpp"

namespace ropewalk::thread {

// Limits of one thread; 0 = unlimited / off.
struct thread_limits {
  std::uint64_t max_messages = limits::messages_per_thread; // beyond it the oldest are trimmed
  std::uint64_t max_tokens = 0;                             // default budget of `window`
  std::int64_t ttl_s = 0;                                   // seconds of inactivity until the thread is deleted
  friend bool operator==(const thread_limits&, const thread_limits&) = default;
};

struct limits_patch { // absent = keep (update) or the node's default (create)
  std::optional<std::uint64_t> max_messages;
  std::optional<std::uint64_t> max_tokens;
  std::optional<std::int64_t> ttl_s;
};

// A message named by seq or by id; exactly one is given.
struct message_ref {
  std::optional<std::uint64_t> seq;
  std::optional<std::string> id;
};

// ---- writes ----
struct create {
  std::string name, user, agent; // "" = none
  std::vector<std::string> tags; // sorted, unique
  std::string metadata_json = "{}";
  limits_patch limits;
  bool if_absent = false; // an existing thread is answered as it is, instead of a conflict
};
struct update {
  std::optional<std::string> name; // "" clears
  std::optional<std::vector<std::string>> tags;
  std::optional<std::string> metadata_json; // replaces the object
  limits_patch limits;
  std::optional<std::uint64_t> expected_version;
};
struct remove_thread {
  std::string reason;
}; // verb delete
struct clear {};
struct append {                              // verbs append (one) and append_batch (batch = true: reply lists them)
  std::vector<message_draft> messages;       // 1 to limits::batch_messages
  std::optional<std::uint64_t> expected_seq; // the thread's last_seq must be this
  bool batch = false;
};
struct edit {
  message_ref message;
  std::optional<std::string> content_json, tool_calls_json, metadata_json, name;
  std::optional<std::uint32_t> tokens; // absent: estimated anew when content or tool calls change
  std::optional<std::uint32_t> expected_revision;
};
struct remove_message {
  message_ref message;
}; // verb remove
struct fork {
  std::optional<message_ref> at; // absent: the last message
  std::string child_id;          // chosen by the client or made at the edge
  std::optional<std::string> name, user;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::string> metadata_json;
};
struct suspend {
  std::string reason;
};
struct resume {};
struct close {
  std::string reason;
};
struct import { // appends all, atomically; creates the thread if it is absent and `create_if_absent` is given
  std::vector<message_draft> messages; // 0 to limits::batch_messages
  std::optional<create> create_if_absent;
  std::optional<std::uint64_t> expected_seq;
};

// ---- reads ----
struct get {};
struct read_messages {
  std::uint32_t limit = limits::page_default;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> before_seq, after_seq; // exclusive
  bool reverse = false;                               // newest first
};
struct read_window {
  window_budget budget; // max_tokens 0 = the thread's limits.max_tokens
  window_shape shape = window_shape::openai;
};
enum class export_format : std::uint8_t { jsonl, openai, markdown, csv };
struct export_messages {
  export_format format = export_format::jsonl;
  std::uint64_t after_seq = 0;               // from the cursor; 0 = no message was given in whole yet
  std::uint64_t cut_seq = 0, cut_offset = 0; // likewise: so many bytes of that next message's row were given already
  std::uint64_t cut_hash = 0;                // of that row as a whole when it was cut
};

struct take_snapshot {};
struct verify {
  std::optional<thread_snapshot> against;
};

using write = std::variant<create, update, remove_thread, clear, append, edit, remove_message, fork, suspend, resume,
                           close, import>;
using read = std::variant<get, read_messages, read_window, export_messages, take_snapshot, verify>;

// ---- across threads (no single owner; answered from the views) ----
struct filter {
  std::optional<std::string> user, agent, tag;
  std::optional<std::string> status; // "active" "suspended" "closed"
  std::optional<instant> updated_since;
};
struct list {
  filter where;
  std::uint32_t limit = limits::page_default;
  std::optional<std::string> cursor; // opaque, checked by the views
};
struct count {
  filter where;
};
struct search {
  std::string query; // words, "phrases", -without, prefix*: translated, never passed to FTS5 as it came
  std::optional<std::string> role, sender, name, thread, user, tag;
  std::optional<instant> since, until;
  std::uint32_t limit = 20;
  std::optional<std::string> cursor;
};
using across = std::variant<list, count, search>;

} // namespace ropewalk::thread
