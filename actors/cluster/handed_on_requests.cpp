#include "actors/cluster/handed_on_requests.hpp"

#include <utility>
#include <vector>

namespace ropewalk::actors {

void handed_on_requests::note(partition_id p, const std::string& member, std::string reply_to) {
  if (reply_to.empty()) return;
  const auto now = clock::now();
  const std::scoped_lock lock(mutex_);
  while (!lately_.empty() && (now - lately_.front().at > remembered_for || lately_.size() >= remembered_max))
    lately_.pop_front();
  lately_.push_back({now, p, member, std::move(reply_to)});
}

void handed_on_requests::owner_is(partition_id p, const std::string& member,
                                  std::optional<clock::time_point> anew_since) {
  std::vector<std::string> in_vain;
  {
    const auto now = clock::now();
    const std::scoped_lock lock(mutex_);
    std::erase_if(lately_, [&](handed_on& h) {
      if (h.partition != p || (h.member == member && !(anew_since && h.at <= *anew_since))) return false;
      if (now - h.at <= remembered_for) in_vain.push_back(std::move(h.reply_to));
      return true;
    });
  }
  const error why{errc::timeout,
                  "ownership_lost",
                  "whether this was done is not known: the member that had it does not own the partition any more, or "
                  "owns it anew; ask again with the same idempotency key",
                  {}};
  for (const std::string& reply_to : in_vain) out_.refuse(reply_to, why);
}

} // namespace ropewalk::actors
