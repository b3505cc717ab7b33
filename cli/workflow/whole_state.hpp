#pragma once
// States that fit no reply, put together from their pieces.

#include <string>

#include "cli/session.hpp"

namespace ropewalk::cli {

// The verb `state`: {"version","time","status","state"}. where: its fields, "\"at\":7". The id is the whole id.
result<reply_document> whole_state(session& s, const std::string& id, const std::string& where);

// A reply of `get` or `result` with the state that was left out of it, if it was.
result<reply_document> with_whole_state(session& s, const std::string& id, reply_document reply);

} // namespace ropewalk::cli
