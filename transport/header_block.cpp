#include "transport/header_block.hpp"

#include <algorithm>
#include <string>

namespace ropewalk::transport {
namespace {

constexpr std::string_view protocol = "NATS/1.0";
constexpr std::string_view line_end = "\r\n";

error broken(std::string rule) { return invalid("headers", std::move(rule)); }

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

} // namespace

result<std::vector<header_view>> parse_header_block(std::string_view block) {
  std::vector<header_view> all;
  if (block.empty()) return all;
  for (std::size_t number = 0;; ++number) {
    const std::size_t end = block.find(line_end);
    if (end == block.npos) return broken("must end with an empty line; lines end with CR LF");
    const std::string_view line = block.substr(0, end);
    block.remove_prefix(end + line_end.size());
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != line.npos)
      return broken("line " + std::to_string(number + 1) + " holds a control character that belongs to no header");
    if (number == 0) {
      if (!line.starts_with(protocol) || (line.size() > protocol.size() && line[protocol.size()] != ' '))
        return broken("must begin with the line NATS/1.0");
      continue;
    }
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !is_name(line.substr(0, colon)))
      return broken("line " + std::to_string(number + 1) + " is not \"Name: value\"");
    all.push_back({line.substr(0, colon), trimmed(line.substr(colon + 1))});
  }
  if (!block.empty()) return broken("go on after the empty line that ends them");
  return all;
}

} // namespace ropewalk::transport
