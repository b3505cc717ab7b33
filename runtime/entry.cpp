#include "runtime/entry.hpp"

#include "runtime/hex.hpp"
#include "runtime/invariant.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk {

std::string to_json(const receipt& r) {
  json_writer out;
  out.begin_object()
      .field("partition", std::uint64_t{r.partition.value})
      .field("epoch", r.epoch)
      .field("index", r.index)
      .field("hash", to_hex(r.hash))
      .field("durability", r.durability)
      .end_object();
  return std::move(out).take();
}

std::string with_receipt(std::string reply, const receipt& r, bool replayed) {
  INVARIANT(!reply.empty() && reply.back() == '}', reply);
  reply.back() = ',';
  if (reply.size() == 2) reply.pop_back(); // "{}" had nothing to go on after
  reply += "\"receipt\":";
  reply += to_json(r);
  if (replayed) reply += ",\"replayed\":true";
  reply += '}';
  return reply;
}

} // namespace ropewalk
