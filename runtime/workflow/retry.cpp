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

bool attempts_left(const retry_policy& policy, std::uint32_t attempt) noexcept {
  return policy.attempts == 0 || attempt < policy.attempts;
}

bool is_final(const retry_policy& policy, std::string_view code) noexcept {
  return code == failure_code::missing_input || code == failure_code::input_too_large ||
         code == failure_code::too_many_phases || code == failure_code::too_deep ||
         std::find(policy.not_on.begin(), policy.not_on.end(), code) != policy.not_on.end();
}

} // namespace ropewalk::workflow
