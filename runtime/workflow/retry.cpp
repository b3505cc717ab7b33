#include "runtime/workflow/retry.hpp"

#include <algorithm>

namespace ropewalk::workflow {

std::int64_t pause_us(const retry_policy& policy, std::uint32_t attempt) noexcept {
  const auto most = static_cast<double>(policy.most_us);
  auto pause = static_cast<double>(policy.first_us);
  // By squaring, with multiplications alone: IEEE 754 gives the same product everywhere, pow() need not.
  double power = policy.factor;
  for (std::uint32_t n = attempt == 0 ? 0 : attempt - 1; n != 0; n >>= 1) {
    if (n & 1) pause *= power;
    if (pause >= most) return policy.most_us;
    power *= power;
  }
  return std::min(static_cast<std::int64_t>(pause), policy.most_us);
}

std::optional<std::int64_t> pause_after(const policies& all, std::uint32_t attempt, std::string_view code) noexcept {
  std::uint32_t tried = attempt; // under the policy in hand
  for (const retry_policy* policy : all) {
    if (is_final(*policy, code)) return std::nullopt;
    if (policy->attempts == 0) return pause_us(*policy, tried);
    if (const std::uint32_t n = tried % policy->attempts; n != 0) return pause_us(*policy, n);
    tried /= policy->attempts;
  }
  return std::nullopt;
}

std::uint64_t attempts_in_all(const policies& all) noexcept {
  std::uint64_t number = 1;
  for (const retry_policy* policy : all) {
    if (policy->attempts == 0) return 0;
    number = std::min(number * policy->attempts, std::uint64_t{UINT32_MAX}); // as far as attempts are counted
  }
  return number;
}

bool is_final(const retry_policy& policy, std::string_view code) noexcept {
  return code == failure_code::missing_input || code == failure_code::input_too_large ||
         code == failure_code::too_many_phases || code == failure_code::too_deep ||
         std::find(policy.not_on.begin(), policy.not_on.end(), code) != policy.not_on.end();
}

} // namespace ropewalk::workflow
