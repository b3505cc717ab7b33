// Streams whose servers have no room for another record.
#include "tests/streams/contract.hpp"
#include "tests/streams/stream_calls.hpp"

namespace ropewalk::tests {
namespace {

using replication::publish_outcome;
using replication::stream_change;
using replication::stream_facts;
using replication::stream_id;
using outcome = publish_outcome::kind;

constexpr stream_id one{partition_id{3}, 7};

stream_facts present(stream_world& w) {
  stream_facts f;
  REQUIRE(w.run_until([&] { return (f = inspect(w, one)).what == stream_facts::kind::present; }));
  return f;
}

// Whether such a record's sequence is gone is the servers' affair; what stands where must be clear in any case.
void no_room(stream_world& w) {
  REQUIRE(create(w, one) == stream_change::done);
  for (std::uint64_t n = 0; n < 3; ++n)
    REQUIRE(publish(w, w.streams(), one, n, "before " + std::to_string(n)).what == outcome::stored);
  const auto before = std::make_shared<recording_sink>(), behind = std::make_shared<recording_sink>();
  const auto a = w.streams().read(one, 1, before);
  REQUIRE(w.run_until([&] { return before->count() == 3; }));
  REQUIRE_FALSE(w.lacks(stream_fault::no_room));
  w.inject(stream_fault::no_room, one);
  std::uint64_t end = 3;
  for (int again = 0; again < 3; ++again) {
    const publish_outcome declined = publish(w, w.streams(), one, end, "declined");
    CHECK(declined.what == outcome::unknown);
    CHECK(declined.declined);
    const stream_facts f = inspect(w, one); // several servers look at the room first, and do not say where they end
    if (f.what == stream_facts::kind::unknown) continue;
    CHECK(f.newest() == 3);
    CHECK((f.last == end || (f.last == end + 1 && declined.removed)));
    end = f.last;
  }
  w.heal();
  const std::uint64_t last = present(w).last;
  CHECK(last == end);
  publish_outcome stored;
  REQUIRE(w.run_until([&] { return (stored = publish(w, w.streams(), one, last, "after")).what == outcome::stored; }));
  CHECK(stored.sequence == last + 1);
  CHECK(present(w).removed == 0);
  // Who read before and who comes later pass over what was removed.
  const auto b = w.rival().read(one, 3, behind);
  REQUIRE(w.run_until([&] { return before->count() == 4 && behind->count() == 2; }));
  for (const auto& sink : {before, behind}) {
    CHECK(sink->records().back().sequence == last + 1);
    CHECK(sink->records().back().bytes == "after");
    CHECK_FALSE(sink->gap());
  }
}

constexpr stream_case narrow[] = {
    {"a record for which there is no room is declined, and readers pass over a sequence that went with it", no_room},
};

} // namespace

std::span<const stream_case> room_cases() { return narrow; }

} // namespace ropewalk::tests
