#pragma once
// What entities tell each other where they live on different members: a workflow its child and back, a schedule what it starts
// and back, a thread its fork and back. JSON; fields as in the commands that they stand for.
//
//   {"v":1,"to":{"kind":"workflow","org":"acme","id":"order-7"},"what":"child_ended",...}

#include <optional>
#include <string>
#include <string_view>

#include "actors/request.hpp"

namespace ropewalk::actors {

// Whether encode_internal() has one for it; cheap.
bool has_internal_form(const request& r);
// nullopt: it has no meaning on another member (a timer's wake, the answer to a local dispatch).
std::optional<std::string> encode_internal(const request& r);
// Without a caller. Errors: invalid, for what encode_internal() does not write; unavailable "newer_request", so that it is sent again, for a later version (without one it
// is the first).
result<request_ptr> decode_internal(std::string_view body);

} // namespace ropewalk::actors
