#pragma once
// Members of what a node answered, for the views: "", 0 and false where there is no such member of that type.
//
//   fmt::format("{} version {}", text_of(definition, "name"), number_of(definition, "version"));

#include <algorithm>
#include <cstdint>

#include "cli/wire_client.hpp"

namespace ropewalk::cli {

inline std::string text_of(json_view object, std::string_view member) {
  return reply_document::text_of(object, member);
}
inline std::int64_t number_of(json_view object, std::string_view member) {
  return reply_document::number_of(object, member);
}
inline std::uint64_t natural_of(json_view object, std::string_view member) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_of(object, member)));
}
inline bool flag_of(json_view object, std::string_view member) {
  const auto v = object.find(member);
  return v && v->is(json_type::boolean) && v->boolean();
}

} // namespace ropewalk::cli
