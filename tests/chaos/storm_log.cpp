#include "tests/chaos/storm_log.hpp"

#include <set>
#include <sstream>

namespace ropewalk::tests {

storm_log::storm_log(std::string_view text) {
  // Who asked before the acknowledgement was written down may be told "not recorded" with right; who asks later may not.
  // A worker has one run in hand at a time in each of its threads, and does it right after it asked.
  std::map<run_key, std::size_t> open_asks; // asked before the record was acknowledged, and not known to be done since
  std::set<run_key> acknowledged;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string verb, id;
    run_key run;
    words >> verb >> run.first >> run.second >> id;
    if (verb == "ask" && !acknowledged.contains(run)) ++open_asks[run];
    if (verb == "done") acknowledged.insert(run);
    if (verb != "do" && verb != "exec") continue;
    ++times_;
    done_[run].push_back(id);
    if (verb == "exec" || !acknowledged.contains(run)) {
      if (verb == "do") --open_asks[run];
      continue;
    }
    if (open_asks[run] == 0) violations_.push_back(line);
    else --open_asks[run];
  }
}

std::vector<std::string> storm_log::done(const run_key& run) const {
  const auto at = done_.find(run);
  return at == done_.end() ? std::vector<std::string>{} : at->second;
}

} // namespace ropewalk::tests
