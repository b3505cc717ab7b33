#pragma once
// What a node says about a thread at a version, signed: who holds it can show later what the thread was.
//
//   digest = SHA-256 of the live messages, oldest first: each one's JSON as `messages` and `export` of format jsonl show
//            it, followed by a line feed
//   index, hash, partition = of the journal's entry of that version
//
// How it is signed: storage/sealing/thread_signature.hpp.

#include <cstdint>
#include <string>

#include "runtime/entry.hpp"

namespace ropewalk::thread {

struct thread_snapshot {
  std::string cluster, org, thread;
  std::uint64_t version = 0;
  std::uint64_t messages = 0; // live ones
  digest content{};
  partition_id partition;
  std::uint64_t index = 0;
  digest hash{};
  instant time;    // when it was made
  std::string key; // id of the key that signed it
  digest signature{};
  friend bool operator==(const thread_snapshot&, const thread_snapshot&) = default;
};

// {"format":1,"cluster","org","thread","version","messages","digest","partition","index","hash","time","key","signature"}
std::string render_snapshot(const thread_snapshot& s);

} // namespace ropewalk::thread
