#include "tests/sim/sim_disk.hpp"

#include <stdexcept>

#include "runtime/overloaded.hpp"

namespace ropewalk::sim {

void sim_disk::apply(const disk_operation& op) {
  std::visit(overloaded{
                 [&](const change& c) {
                   if (c.promised) now_.promised = *c.promised;
                   if (c.standing) now_.standing = *c.standing;
                   if (c.incarnations) now_.incarnations = *c.incarnations;
                   if (c.configurations) now_.configurations = *c.configurations;
                   if (!c.adopted) return;
                   while (now_.chain.size() > c.adopted->keep_upto) {
                     now_.quarantine.push_back(now_.chain.back());
                     now_.chain.pop_back();
                   }
                   for (const entry_ptr& e : c.adopted->entries) {
                     if (e->index != now_.chain.size() + 1) throw std::logic_error("a hole in the chain on the disk");
                     now_.chain.push_back(e);
                   }
                   now_.accepted = c.adopted->accepted;
                   now_.position = c.adopted->position;
                   if (at(now_.accepted.index) != now_.accepted)
                     throw std::logic_error("the disk does not hold what it is said to have accepted");
                 },
                 [&](const append_entries& a) {
                   for (const entry_ptr& e : a.entries) {
                     if (e->index != now_.chain.size() + 1) throw std::logic_error("an append leaves a hole");
                     now_.chain.push_back(e);
                   }
                 },
             },
             op);
}

durable_state sim_disk::load() const {
  durable_state d;
  d.standing = now_.standing;
  d.promised = now_.promised;
  d.incarnations = now_.incarnations;
  d.configurations = now_.configurations;
  d.position = now_.position;
  d.accepted = now_.accepted;
  d.tail.assign(now_.chain.begin() + static_cast<std::ptrdiff_t>(now_.accepted.index), now_.chain.end());
  return d;
}

void sim_disk::wipe(std::uint64_t incarnation) {
  now_ = {};
  now_.accepted.hash = genesis_;
  now_.standing = {incarnation, false};
}

// The token beside the database does not fit it: it counts as wiped, what it holds is a start for learning.
void sim_disk::put_back(disk_content older, std::uint64_t incarnation) {
  now_ = std::move(older);
  now_.standing = {incarnation, false};
}

// By an operator's order: what follows is given up, as if the disk was put back from a backup that ended there. Entries of a member
// that was alone (`alone` of them) are not noted: no member may cut these by itself.
void sim_disk::relearn(std::uint64_t keep_upto, std::uint64_t incarnation, std::uint64_t alone) {
  while (now_.chain.size() > keep_upto) {
    if (now_.chain.size() > alone) now_.quarantine.push_back(now_.chain.back());
    now_.chain.pop_back();
  }
  now_.standing = {incarnation, false};
  now_.position = {};
  std::erase_if(now_.configurations, [&](const configuration& c) { return c.index > keep_upto; });
  if (keep_upto < now_.accepted.index) now_.accepted = *at(keep_upto);
}

} // namespace ropewalk::sim
