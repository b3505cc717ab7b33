#pragma once
// The header line of our JSONL: {"ropewalk":"thread","version":1,"thread":{…the wire's thread object…}}.

#include "runtime/json_text.hpp"
#include "runtime/result.hpp"
#include "runtime/thread/commands.hpp"
#include "runtime/thread/field_place.hpp"

namespace ropewalk::thread {

bool is_import_header(json_view line);
// What a new thread takes from it. Ids, times, counts and status are the old thread's own and stay behind.
result<create> decode_import_header(json_view line, const field_place& place);

} // namespace ropewalk::thread
