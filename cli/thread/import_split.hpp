#pragma once
// A file of messages cut into import requests.
//
//   auto pieces = split_import(text, import_kind::jsonl, {});
//   for (std::size_t i = 0; i < pieces->size(); ++i) send((*pieces)[i].data, import_key(digest, i));
//
// The same file is always cut in the same places, and a piece's idempotency key follows from the whole file,
// the moment in which the thread was made, and the piece's number. So an import that was interrupted can be
// run again: the node answers what it has with `replayed` and takes in the rest.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/limits.hpp"
#include "runtime/result.hpp"

namespace ropewalk::cli {

enum class import_kind { jsonl, openai };
std::string_view name(import_kind kind) noexcept;
std::optional<import_kind> parse_import_kind(std::string_view text) noexcept;

// openai for an array or an object with "messages"; jsonl for everything else.
import_kind guess_import_kind(std::string_view text);

struct import_bounds {
  std::size_t messages = limits::batch_messages;
  // Well below limits::request_bytes: a piece travels as a JSON string, which may double its quotes.
  std::size_t bytes = 200 << 10;
};

struct import_piece {
  std::string data;
  std::size_t messages = 0;
  std::size_t first_line = 1; // jsonl: of the file, for errors
};

// A message larger than the bytes stands alone in its piece. Only what is needed to find the messages' ends
// is checked here; the node checks the rest. A jsonl header line goes with the first piece.
result<std::vector<import_piece>> split_import(std::string_view text, import_kind kind, const import_bounds& bounds);

// The file without its messages: what tells of the thread, to make it with.
std::string import_header(std::string_view text, import_kind kind);

// "import-<32 hexadecimal digits>-<number>"; salt makes another import of the same file of it.
std::string import_key(std::string_view digest, std::size_t number);
std::string import_digest(std::string_view text, import_kind kind, std::string_view salt);

} // namespace ropewalk::cli
