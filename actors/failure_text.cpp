#include "actors/failure_text.hpp"

#include <algorithm>

#include "runtime/limits.hpp"
#include "transport/problem.hpp"

namespace ropewalk::actors {
namespace {

bool within_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

} // namespace

std::string failure_text(std::string_view said, kept_part part) {
  constexpr std::size_t most = limits::error_message_bytes;
  while (!said.empty() && (said.back() == '\n' || said.back() == '\r' || said.back() == ' ')) said.remove_suffix(1);
  // Making it harmless never shortens it.
  if (said.size() > most) said = part == kept_part::end ? said.substr(said.size() - most) : said.substr(0, most);
  std::string text;
  while (!said.empty()) {
    const std::string_view line = said.substr(0, said.find('\n'));
    text += transport::harmless_text(line, std::string::npos);
    said.remove_prefix(line.size());
    if (said.empty()) break;
    text += '\n';
    said.remove_prefix(1);
  }
  if (text.size() <= most) return text;
  std::size_t cut = part == kept_part::end ? text.size() - most : most;
  if (part == kept_part::beginning) {
    while (cut > 0 && within_character(text[cut])) --cut;
    return text.substr(0, cut);
  }
  while (cut < text.size() && within_character(text[cut])) ++cut;
  return text.substr(cut);
}

} // namespace ropewalk::actors
