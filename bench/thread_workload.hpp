#pragma once
// What the benches say to Ropewalk about threads: subjects and bodies of the wire, and setting up threads
// with a history.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load.hpp"
#include "bench/nats_client.hpp"

namespace ropewalk::bench {

/// `count` threads named `<prefix>-0`, `<prefix>-1`, ... in the org `bench`.
struct thread_group {
  std::string prefix;
  std::size_t count = 1;

  std::string subject(std::size_t thread, std::string_view verb) const;
};

/// A fixed set of messages of one content size. Their text differs, as messages do, but is the same in every
/// run, and is made before the measurement so that making it is no part of it.
class message_set {
public:
  explicit message_set(std::size_t content_bytes);

  /// Body of an `append`.
  const std::string& append_body(std::uint64_t number) const noexcept { return bodies_[number % bodies_.size()]; }

  /// Body of an `append_batch` of `count` messages, at most `max_batch`.
  std::string batch_body(std::size_t count) const;

private:
  std::vector<std::string> bodies_;
};

/// So many bytes of words, the same in every run; another text for each number.
std::string sample_text(std::size_t bytes, std::uint32_t number);

/// Ropewalk takes up to 256 messages and 256 KiB in one batch; with content of 300 bytes this keeps clear of
/// both.
inline constexpr std::size_t max_batch = 250;

enum class message_limit : bool { standard, none };

void create_threads(nats_connection& client, const thread_group& threads, message_limit limit);

/// Appends `messages_each` messages to each thread, in batches, many threads at a time.
void fill_threads(nats_connection& client, const thread_group& threads, const message_set& messages,
                  std::size_t messages_each);

/// Appends to the threads in turn, as the plan says.
load_result append_to(nats_connection& client, const load_plan& plan, const thread_group& threads,
                      const message_set& messages);

/// Appends one message and gives its seq, to check what a measurement claims to have written.
std::int64_t append_and_get_seq(nats_connection& client, const std::string& subject, const std::string& body);

} // namespace ropewalk::bench
