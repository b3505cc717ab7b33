#pragma once
// A file's text as messages to append.
//
//   jsonl   our own export, with or without its header line; blank lines are skipped. Places in errors name the
//           line: field "data[line 3].content". Ids, times, revisions and token counts come along; seqs are
//           read and given anew.
//   openai  a JSON array of Chat Completions messages, or {"messages":[…]}. Places: "data[2].role". What is not ours to
//           know is kept (unknown_fields::keep_in_metadata).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"
#include "runtime/thread/commands.hpp"

namespace ropewalk::thread {

enum class import_format : std::uint8_t { jsonl, openai };

struct imported {
  std::vector<message_draft> messages;
  std::optional<create> thread; // from a header line: name, user, agent, tags, metadata, limits
};

// Errors: invalid (field = place in the file, below `field`), too_large for more than max_messages.
result<imported> decode_import(import_format format, std::string_view data, std::string_view field = "data",
                               std::size_t max_messages = limits::batch_messages);

} // namespace ropewalk::thread
