#pragma once
// Every bound of the system in one place, each with its reason (I10). DESIGN section 8.

#include <array>
#include <cstddef>
#include <cstdint>

namespace ropewalk::limits {

inline constexpr std::size_t request_bytes = 1 << 20; // nats-server's default max_payload
inline constexpr std::uint32_t json_depth = 64;       // deeper than any real tool schema; keeps every walk cheap
inline constexpr std::uint32_t json_values =
    200'000; // a 1 MiB request of "[1,1,1..." must not cost more memory than that
inline constexpr std::size_t content_bytes = 512 << 10; // one message's content, tool calls included
inline constexpr std::size_t tool_calls = 128;          // of one message; OpenAI's own bound
inline constexpr std::size_t tool_name_bytes = 256;     // a tool's name and a call's id
inline constexpr std::uint32_t message_tokens =
    10'000'000;                                         // a client's own count; sums of a thread stay far from overflow
inline constexpr std::size_t metadata_bytes = 64 << 10; // a message's or a thread's metadata
inline constexpr std::size_t tags = 128;                // tags of a thread
inline constexpr std::size_t tag_bytes = 128;
inline constexpr std::size_t name_bytes = 256; // thread name, sender, name, user, agent, reason
inline constexpr std::size_t id_bytes = 128;   // ids chosen by clients: thread, message, org
inline constexpr std::size_t idempotency_key_bytes = 128;
inline constexpr std::size_t batch_messages = 256; // a batch is one atomic commit; beyond it others wait too long
inline constexpr std::size_t batch_bytes = 256 << 10;
inline constexpr std::size_t idempotency_keys = 10'000; // per entity
inline constexpr std::int64_t idempotency_age_us = 24LL * 3600 * 1'000'000;
inline constexpr std::uint32_t page_default = 50;
inline constexpr std::uint32_t page_max = 1000;
inline constexpr std::size_t reply_bytes = 900 << 10; // a page is cut early so that it fits max_payload with its frame
inline constexpr std::size_t query_bytes = 1024;      // a search's text
inline constexpr std::size_t query_terms = 32;        // each term is an index walk
inline constexpr std::size_t system_messages =
    1000;                                      // of one thread: trimming keeps them and every window begins with them
inline constexpr std::size_t fork_depth = 256; // ancestors that a read may have to visit
inline constexpr std::size_t removed_ranges = 10'000; // holes left by `remove` in one thread's state
inline constexpr std::size_t pending_forks = 64;      // forks of one thread whose child is not confirmed yet
inline constexpr std::uint64_t seq_max = 0xFFFF'FFFE; // a message id carries its seq in 32 bits

inline constexpr std::size_t restarts = 5; // of a crashed entity within the window; then it is parked
inline constexpr std::int64_t restart_window_s = 60;
inline constexpr std::uint64_t bytes_in_flight = 256u << 20; // requests that a node works on; beyond it `busy`
inline constexpr std::uint64_t held_bytes =
    1u << 30; // cached messages and keys in a node's memory; beyond it the idle entities leave
inline constexpr std::uint32_t imported_revision = 1'000'000'000; // leaves edits room in 32 bits
inline constexpr std::int64_t count_max =
    1'000'000'000'000; // of tokens, versions: far beyond any thread, exact in every JSON reader

inline constexpr std::uint64_t messages_per_thread = 1000; // default, trimmed automatically; 0 = unlimited
inline constexpr std::uint64_t threads_per_user = 100;     // default
inline constexpr std::int64_t ttl_max_s = 10LL * 365 * 24 * 3600;

inline constexpr std::size_t definition_bytes = 256 << 10; // every instance keeps the document that it was started with
inline constexpr std::size_t definition_name_bytes =
    64; // names of definitions, phases, functions, signals: parts of subjects and ids
inline constexpr std::uint32_t definition_version = 1'000'000'000;
inline constexpr std::size_t definition_versions = 1000; // of one name: each stays, instances may be started with it
inline constexpr std::size_t definition_book_bytes =
    32 << 20; // of all versions of one name: in memory and in each snapshot of it
inline constexpr std::size_t description_bytes = 1024; // a sentence or two for people
inline constexpr std::size_t subject_bytes = 256; // where an agent listens; nats-server takes 4 KiB for its whole line
inline constexpr std::size_t phases = 256; // of a definition, nested ones counted; a graph beyond it is unreadable
inline constexpr std::uint32_t phase_nesting = 4; // parallel in parallel; keeps every walk shallow
inline constexpr std::size_t transitions = 64;    // of one phase
inline constexpr std::size_t parallel_branches = 32;
inline constexpr std::size_t map_elements = 10'000;  // each is a run and several events
inline constexpr std::uint32_t map_concurrency = 64; // elements of one map in the hands of workers
inline constexpr std::uint32_t child_depth = 8; // workflows below one that nobody started as a child; see ADR 17
// Children that an instance has under way at once, by its own depth, the last for all below: others wait for their
// turn. A family has some 27,000 living members at most, whatever its definitions say (ADR 17).
inline constexpr std::array<std::uint32_t, 4> children_at_once = {128, 16, 2, 1};
// Of a node, and of each of its partitions (actors/child_starts.hpp): what one starts starts others, and clients' requests wait
// behind all of them.
inline constexpr std::uint32_t children_starting = 256;
inline constexpr std::uint32_t condition_depth = 8;
inline constexpr std::size_t json_pointer_bytes = 1024;
inline constexpr std::uint32_t retry_attempts = 1000; // beyond it say 0: without end
inline constexpr double retry_factor = 10;
inline constexpr std::size_t final_codes = 16; // error codes of one policy that end the attempts
inline constexpr std::size_t error_code_bytes = 128;
inline constexpr std::size_t exec_arguments = 32;
inline constexpr std::size_t exec_argument_bytes = 4096;
inline constexpr std::int64_t duration_max_us = 3650LL * 24 * 3600 * 1'000'000; // ten years: no sum of two overflows
inline constexpr std::size_t workflow_state_bytes =
    4 << 20; // checkpointed before every phase; larger values go by reference
inline constexpr std::size_t phase_input_bytes = 4 << 20;  // a template may repeat the state; it must not multiply it
// One request or reply, and in a cluster one record with what stands beside it.
inline constexpr std::size_t phase_result_bytes = 768 << 10;
inline constexpr std::uint32_t phase_runs = 100'000;       // of one instance: a definition that loops ends there
inline constexpr std::size_t late_results = 100;           // kept for the audit; beyond it they are counted
inline constexpr std::size_t late_results_recorded = 1000; // of an instance; beyond it they are answered alone (I10)
inline constexpr std::size_t signals_buffered = 1000;      // that no phase waits for yet
inline constexpr std::size_t steps_a_run = 1000;
inline constexpr std::size_t step_result_bytes = 256 << 10; // all of a run's are sent to a worker that starts again
inline constexpr std::size_t signal_bytes = 256 << 10;      // one signal's payload
inline constexpr std::size_t signals_buffered_bytes =
    4 << 20;                                           // of all payloads that wait: they are part of every checkpoint
inline constexpr std::size_t signal_ids = 1000;        // remembered, so that one sent again is taken once
inline constexpr std::size_t runs_remembered = 1000;   // ended runs whose outcome a late worker is told
inline constexpr std::size_t workflow_attributes = 32; // of an instance; each is a row of an index
inline constexpr std::size_t attribute_name_bytes = 64;
inline constexpr std::size_t attribute_text_bytes = 256;
inline constexpr std::size_t step_name_bytes = 128; // kept in the state, with every step
inline constexpr std::size_t error_message_bytes =
    4096; // what a worker says went wrong: a sentence and the top of a trace
inline constexpr std::size_t progress_bytes = 16 << 10; // of a run in a worker's hands; held in memory alone
inline constexpr std::size_t agent_questions_remembered =
    10'000; // of a node: those that are over, for late and second answers; some 200 bytes each
inline constexpr std::uint64_t checkpoints_kept =
    50; // of an instance: what an operator goes back to, a few hundred KiB
inline constexpr std::size_t task_token_bytes = 256;
inline constexpr std::size_t stream_backlog_bytes =
    512u << 20; // of a member's partitions together: written, and not in the streams
inline constexpr std::uint32_t result_wait_s = 3600; // a caller that waits longer asks again
inline constexpr std::size_t decision_events = 1000; // of one command of a workflow; what is left follows in the next
inline constexpr std::size_t history_bytes = 128 << 20; // of one instance as a document: 100,000 runs are some 60 MiB
inline constexpr std::uint32_t history_values = 10'000'000; // of its JSON: 200 MiB while it is read
inline constexpr std::int64_t chain_points = 64; // hashes of one answer: each costs a short scan of the journal

} // namespace ropewalk::limits
