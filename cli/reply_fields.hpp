#pragma once
// Members of what a node answered, for the views: "" and 0 where there is no such member of that type.
//
//   fmt::format("{} version {}", text_of(definition, "name"), number_of(definition, "version"));

#include "cli/wire_client.hpp"

namespace ropewalk::cli {

inline std::string text_of(json_view object, std::string_view member) {
  return reply_document::text_of(object, member);
}
inline std::int64_t number_of(json_view object, std::string_view member) {
  return reply_document::number_of(object, member);
}

} // namespace ropewalk::cli
