#include "actors/cluster/partition_subjects.hpp"

#include "transport/subject.hpp"

namespace ropewalk::actors {

std::optional<std::string> unmapped_subject(std::string_view mapped, std::string_view prefix) {
  const std::string head = std::string(prefix) + ".part.";
  if (!mapped.starts_with(head)) return std::nullopt;
  const std::string_view rest = mapped.substr(head.size());
  const std::size_t digits = rest.find_first_not_of("0123456789");
  const std::string version = '.' + std::string(transport::version_token) + '.';
  if (digits == 0 || digits == rest.npos || !rest.substr(digits).starts_with(version)) return std::nullopt;
  return std::string(prefix).append(rest.substr(digits));
}

partition_subjects::partition_subjects(transport::nats_connection& connection, std::string prefix,
                                       const cluster_member& member, taker take)
    : connection_(connection), prefix_(std::move(prefix)), member_(member), take_(std::move(take)),
      of_(member.owners().partitions()) {}

bool partition_subjects::wants(partition_id p) const {
  if (!member_.takes_part()) return false;
  const ownership::place at = member_.owners().of(p);
  if (at.here || !at.member) return true;
  const read_stand s = member_.stand(p);
  return !s.age_us || *s.age_us > member_.settings().lease_ms * 1000; // its owner may be gone
}

status_result partition_subjects::adjust(clock::time_point now) {
  if (now < next_) return ok();
  next_ = now + adjust_every;
  leaving_.sweep();
  for (std::uint16_t p = 0; p < of_.size(); ++p) {
    listening& l = of_[p];
    if (wants(partition_id{p})) {
      l.wanted_at = now;
      if (l.subscription) continue;
      auto begun = connection_.subscribe(prefix_ + ".part." + std::to_string(p) + ".>", transport::queue_group,
                                         [this](transport::nats_message m) { take_(std::move(m)); });
      if (!begun) return begun.error();
      l.subscription = *std::move(begun);
    } else if (l.subscription && now - l.wanted_at > linger) {
      leaving_.add(std::move(l.subscription));
    }
  }
  return ok();
}

bool partition_subjects::close(std::chrono::milliseconds timeout) {
  for (listening& l : of_)
    if (l.subscription) leaving_.add(std::move(l.subscription));
  return leaving_.close(connection_.connected() ? timeout : std::chrono::milliseconds(0));
}

} // namespace ropewalk::actors
