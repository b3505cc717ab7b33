#include "runtime/thread/snapshot.hpp"

#include "runtime/hex.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::thread {

std::string render_snapshot(const thread_snapshot& s) {
  json_writer out;
  out.begin_object().field("format", 1).field("cluster", s.cluster).field("org", s.org).field("thread", s.thread);
  out.field("version", s.version).field("messages", s.messages).field("digest", to_hex(s.content));
  out.field("partition", std::uint64_t{s.partition.value}).field("index", s.index).field("hash", to_hex(s.hash));
  out.field("time", s.time).field("key", s.key).field("signature", to_hex(s.signature)).end_object();
  return std::move(out).take();
}

} // namespace ropewalk::thread
