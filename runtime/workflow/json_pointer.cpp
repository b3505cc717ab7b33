#include "runtime/workflow/json_pointer.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/invariant.hpp"

namespace ropewalk::workflow {

bool is_json_pointer(std::string_view text) noexcept {
  if (!text.empty() && text.front() != '/') return false;
  for (std::size_t i = text.find('~'); i != std::string_view::npos; i = text.find('~', i + 1))
    if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) return false;
  return true;
}

std::string next_token(std::string_view& pointer) {
  INVARIANT(!pointer.empty() && pointer.front() == '/', pointer);
  const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
  std::string token;
  token.reserve(end);
  for (std::size_t i = 1; i < end; ++i) {
    if (pointer[i] == '~' && i + 1 < end) token.push_back(pointer[++i] == '1' ? '/' : '~');
    else token.push_back(pointer[i]);
  }
  pointer.remove_prefix(end);
  return token;
}

std::optional<std::size_t> array_index(std::string_view token) noexcept {
  if (token.empty() || (token.size() > 1 && token.front() == '0')) return std::nullopt;
  std::size_t index = 0;
  const auto [at, failure] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (failure != std::errc{} || at != token.data() + token.size()) return std::nullopt;
  return index;
}

const json_value* find_at(const json_value& root, std::string_view pointer) {
  const json_value* at = &root;
  while (!pointer.empty()) {
    const std::string token = next_token(pointer);
    if (at->is_object()) {
      const auto member = at->find(token);
      if (member == at->end()) return nullptr;
      at = &*member;
    } else if (at->is_array()) {
      const auto index = array_index(token);
      if (!index || *index >= at->size()) return nullptr;
      at = &(*at)[*index];
    } else {
      return nullptr;
    }
  }
  return at;
}

} // namespace ropewalk::workflow
