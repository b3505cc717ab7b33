#include "transport/name_suggestion.hpp"

#include <algorithm>
#include <array>

namespace ropewalk::transport {
namespace {

constexpr std::size_t longest = 40; // longer names are no misspelling of ours

// Levenshtein distance, by rows. Both at most `longest`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::size_t, longest + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

} // namespace

std::string_view nearest_name(std::string_view given, std::span<const std::string_view> known) {
  if (given.size() > longest) return {};
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(1, given.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    if (candidate.size() > longest) continue;
    if (const std::size_t d = distance(given, candidate); d < least) {
      least = d;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string did_you_mean(std::string_view given, std::span<const std::string_view> known) {
  const std::string_view nearest = nearest_name(given, known);
  return nearest.empty() ? std::string{} : "; did you mean \"" + std::string(nearest) + "\"?";
}

} // namespace ropewalk::transport
