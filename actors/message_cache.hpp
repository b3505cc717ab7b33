#pragma once
// The newest messages of an active thread, as their stored bytes: what most reads ask for.
//
// Holds every live message with seq >= from(); bounded by count and bytes.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ropewalk::actors {

using message_bytes = std::shared_ptr<const std::string>;

struct cached_message {
  std::uint64_t seq = 0;
  message_bytes json;
};

class message_cache {
public:
  static constexpr std::size_t max_messages = 128; // more than a default page and most windows
  static constexpr std::size_t max_bytes = 128 * 1024;

  explicit message_cache(std::uint64_t from = 1) : from_(from) {}
  std::uint64_t from() const noexcept { return from_; }
  std::size_t bytes() const noexcept { return bytes_; }
  const std::vector<cached_message>& messages() const noexcept { return messages_; }
  const message_bytes* find(std::uint64_t seq) const noexcept;

  void append(std::uint64_t seq, std::string json);
  void replace(std::uint64_t seq, std::string json);
  void remove(std::uint64_t seq);
  // Messages below first are gone from the thread, but for the kept ones (system messages).
  void trim(std::uint64_t first, const std::vector<std::uint64_t>& kept);
  void clear(std::uint64_t next_seq);
  // Older messages that were read from the views: consecutive live ones, oldest first, that end right
  // before from().
  void prepend(std::vector<cached_message> older, std::uint64_t from);
  void drop() { *this = message_cache(next_); }

private:
  void shrink();
  std::vector<cached_message> messages_; // ascending seq; not a deque, whose first block alone takes 512 bytes a thread
  std::uint64_t from_;
  std::uint64_t next_ = 1;
  std::size_t bytes_ = 0;
};

} // namespace ropewalk::actors
