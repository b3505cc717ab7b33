#pragma once
// Answers from the views: everything that an active thread does not hold in memory. Calls return at once; the
// work is done, and the answer given, on a reader's thread, after the views have reached min_position.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/message_cache.hpp"
#include "actors/request.hpp"
#include "runtime/entity_key.hpp"
#include "runtime/thread/commands.hpp"

namespace ropewalk::storage {
class view_reader;
class view_readers;
} // namespace ropewalk::storage

namespace ropewalk::actors {

// What the thread's actor knew when it handed a read on.
struct read_context {
  entity_key who;
  std::uint64_t min_position = 0;
  std::vector<std::uint64_t> pinned; // seqs of live system messages; only filled for windows
  std::string thread_json;           // the thread object; only filled for exports
};

class thread_reads {
public:
  explicit thread_reads(storage::view_readers& views) : views_(views) {}

  // newest: told what a page of the newest messages held (oldest first), for the actor's cache; may be empty.
  void page(read_context context, thread::read_messages what, shared_caller from,
            std::function<void(std::vector<cached_message>)> newest);
  void window(read_context context, thread::read_window what, shared_caller from);
  void export_page(read_context context, thread::export_messages what, shared_caller from);
  void across(std::string org, thread::across what, std::uint64_t min_position, shared_caller from);

  // Everything as the views show it, the thread itself included; on a reader's thread. unsupported: only its owner can tell.
  static result<std::string> as_shown(storage::view_reader& views, const entity_key& who, const thread::read& what);

  // For commands: the message's stored JSON if it is live; the ids among the given that the thread has; the
  // number of a user's threads.
  void message(read_context context, thread::message_ref which,
               std::function<void(result<std::optional<std::string>>)> done);
  void taken_ids(read_context context, std::vector<std::string> ids,
                 std::function<void(result<std::vector<std::string>>)> done);
  void count_of_user(std::string org, std::string user, std::uint64_t min_position,
                     std::function<void(result<std::uint64_t>)> done);

private:
  // Reads, and answers by itself; or says why it could not.
  using attempt = std::function<std::optional<error>(storage::view_reader&)>;
  void read_with_parents(std::uint64_t min_position, bool lengthy, attempt read,
                         std::function<void(const error&)> refuse);
  struct repeated {
    std::chrono::steady_clock::time_point until{};
    std::uint64_t seen = 0;
  };
  void read_again(std::uint64_t min_position, bool lengthy, std::optional<repeated> again, attempt read,
                  std::function<void(const error&)> refuse);

  storage::view_readers& views_;
};

} // namespace ropewalk::actors
