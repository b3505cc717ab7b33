#include "actors/cluster/handed_on_requests.hpp"

#include <utility>
#include <vector>

namespace ropewalk::actors {

void handed_on_requests::remembered::add(handed_on h) {
  while (!all.empty() && (h.at - all.front().at > life || all.size() >= most)) all.pop_front();
  all.push_back(std::move(h));
}

void handed_on_requests::remembered::take(partition_id p, const std::string& member,
                                          std::optional<clock::time_point> anew_since,
                                          std::vector<std::string>& in_vain) {
  const auto now = clock::now();
  std::erase_if(all, [&](handed_on& h) {
    if (h.partition != p || (h.member == member && !(anew_since && h.at <= *anew_since))) return false;
    if (now - h.at <= life) in_vain.push_back(std::move(h.reply_to));
    return true;
  });
}

void handed_on_requests::note(partition_id p, const std::string& member, std::string reply_to, patience how_long) {
  if (reply_to.empty()) return;
  const std::scoped_lock lock(mutex_);
  (how_long == patience::brief ? brief_ : lengthy_).add({clock::now(), p, member, std::move(reply_to)});
}

void handed_on_requests::owner_is(partition_id p, const std::string& member,
                                  std::optional<clock::time_point> anew_since) {
  std::vector<std::string> in_vain;
  {
    const std::scoped_lock lock(mutex_);
    brief_.take(p, member, anew_since, in_vain);
    lengthy_.take(p, member, anew_since, in_vain);
  }
  const error why{errc::timeout,
                  "ownership_lost",
                  "whether this was done is not known: the member that had it is not heard, or does not own the "
                  "partition any more, or "
                  "owns it anew; ask again with the same idempotency key",
                  {}};
  for (const std::string& reply_to : in_vain) out_.refuse(reply_to, why);
}

} // namespace ropewalk::actors
