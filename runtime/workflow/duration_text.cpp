#include "runtime/workflow/duration_text.hpp"

#include <charconv>

#include "runtime/limits.hpp"

namespace ropewalk::workflow {
namespace {

struct unit {
  std::string_view name;
  std::int64_t us;
};
constexpr unit units[] = {
    {"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1000}};

} // namespace

result<std::int64_t> parse_duration(std::string_view text, std::string_view field) {
  const auto refuse = [&](const char* rule) { return invalid(std::string(field), rule); };
  constexpr const char* grammar = "must be a duration such as 250ms, 30s, 5m, 1h30m or 7d";
  std::int64_t sum = 0;
  const unit* allowed = units;
  std::string_view rest = text;
  do {
    std::int64_t number = 0;
    if (rest.empty() || rest.front() < '0' || rest.front() > '9') return refuse(grammar);
    const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const std::string_view name = rest.substr(0, rest.find_first_of("0123456789"));
    while (allowed != std::end(units) && allowed->name != name) ++allowed;
    if (allowed == std::end(units)) return refuse(grammar);
    if (failure != std::errc{} || number > (limits::duration_max_us - sum) / allowed->us)
      return refuse("must be at most 3650d");
    sum += number * allowed->us;
    rest.remove_prefix(name.size());
    ++allowed;
  } while (!rest.empty());
  if (sum == 0) return refuse("must be more than 0");
  return sum;
}

std::string print_duration(std::int64_t us) {
  std::string text;
  for (const unit& u : units) {
    if (us < u.us) continue;
    text += std::to_string(us / u.us);
    text += u.name;
    us %= u.us;
  }
  return text.empty() ? "0ms" : text;
}

} // namespace ropewalk::workflow
