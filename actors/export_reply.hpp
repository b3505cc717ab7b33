#pragma once
// The reply of `export`: a piece of the file that fits one reply whatever has to be escaped in it. A row that does
// not fit is cut between two characters, and the cursor says where; see transport/cursor.hpp.

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/result.hpp"
#include "runtime/thread/commands.hpp"

namespace ropewalk::actors {

class export_reply {
public:
  // thread_json: for the file's header, which stands in the first piece.
  static result<export_reply> begin(const thread::export_messages& asked, std::string_view thread_json);
  // In ascending order, from the first message behind asked.after_seq. False: the piece is full.
  result<bool> add(std::uint64_t seq, std::string_view message_json);
  // more: messages follow behind those that were added.
  result<std::string> finish(bool more) &&;

private:
  explicit export_reply(const thread::export_messages& asked) : asked_(asked), last_seq_(asked.after_seq) {}
  // Takes as much of the text as fits: its bytes.
  std::size_t take(std::string_view text);

  const thread::export_messages asked_;
  std::string data_, row_;
  std::size_t escaped_ = 0; // bytes of data_ inside a JSON string
  std::uint64_t count_ = 0, last_seq_;
  std::uint64_t cut_seq_ = 0, cut_offset_ = 0, cut_hash_ = 0;
};

} // namespace ropewalk::actors
