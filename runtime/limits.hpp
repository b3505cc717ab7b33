#pragma once
// Every bound of the system in one place, each with its reason (I10). DESIGN section 8.

#include <cstddef>
#include <cstdint>

namespace ropewalk::limits {

inline constexpr std::size_t request_bytes = 1 << 20;     // nats-server's default max_payload
inline constexpr std::uint32_t json_depth = 64;           // deeper than any real tool schema; keeps every walk cheap
inline constexpr std::uint32_t json_values = 200'000;     // a 1 MiB request of "[1,1,1..." must not cost more memory than that
inline constexpr std::size_t content_bytes = 512 << 10;   // one message's content, tool calls included
inline constexpr std::size_t tool_calls = 128;            // of one message; OpenAI's own bound
inline constexpr std::size_t tool_name_bytes = 256;       // a tool's name and a call's id
inline constexpr std::uint32_t message_tokens = 10'000'000; // a client's own count; sums of a thread stay far from overflow
inline constexpr std::size_t metadata_bytes = 64 << 10;   // a message's or a thread's metadata
inline constexpr std::size_t tags = 128;                  // tags of a thread
inline constexpr std::size_t tag_bytes = 128;
inline constexpr std::size_t name_bytes = 256;            // thread name, sender, name, user, agent, reason
inline constexpr std::size_t id_bytes = 128;              // ids chosen by clients: thread, message, org
inline constexpr std::size_t idempotency_key_bytes = 128;
inline constexpr std::size_t batch_messages = 256;        // a batch is one atomic commit; beyond it others wait too long
inline constexpr std::size_t batch_bytes = 256 << 10;
inline constexpr std::size_t idempotency_keys = 10'000;   // per entity
inline constexpr std::int64_t idempotency_age_us = 24LL * 3600 * 1'000'000;
inline constexpr std::uint32_t page_default = 50;
inline constexpr std::uint32_t page_max = 1000;
inline constexpr std::size_t reply_bytes = 900 << 10;     // a page is cut early so that it fits max_payload with its frame
inline constexpr std::size_t query_bytes = 1024;          // a search's text
inline constexpr std::size_t query_terms = 32;            // each term is an index walk
inline constexpr std::size_t system_messages = 1000;     // of one thread: trimming keeps them and every window begins with them
inline constexpr std::size_t fork_depth = 256;            // ancestors that a read may have to visit
inline constexpr std::size_t removed_ranges = 10'000;     // holes left by `remove` in one thread's state
inline constexpr std::size_t pending_forks = 64;          // forks of one thread whose child is not confirmed yet
inline constexpr std::uint64_t seq_max = 0xFFFF'FFFE;     // a message id carries its seq in 32 bits

inline constexpr std::uint64_t bytes_in_flight = 256u << 20; // requests that a node works on; beyond it `busy`
inline constexpr std::uint64_t held_bytes = 1u << 30;        // cached messages and keys in a node's memory; beyond it the idle entities leave
inline constexpr std::uint32_t imported_revision = 1'000'000'000; // leaves edits room in 32 bits
inline constexpr std::int64_t count_max = 1'000'000'000'000; // of tokens, versions: far beyond any thread, exact in every JSON reader

inline constexpr std::uint64_t messages_per_thread = 1000; // default, trimmed automatically; 0 = unlimited
inline constexpr std::uint64_t threads_per_user = 100;     // default
inline constexpr std::int64_t ttl_max_s = 10LL * 365 * 24 * 3600;

} // namespace ropewalk::limits
