// Streams whose servers crash, stand still, forget and remember.
#include <algorithm>
#include <cstdlib>

#include <catch2/catch.hpp>

#include "tests/streams/contract.hpp"
#include "tests/streams/racing_writers.hpp"

namespace ropewalk::tests {
namespace {

using replication::publish_outcome;
using replication::stream_change;
using replication::stream_facts;
using replication::stream_id;
using outcome = publish_outcome::kind;
using facts = stream_facts::kind;

constexpr stream_id one{partition_id{3}, 7}, two{partition_id{3}, 8}, three{partition_id{4}, 1};

void fill(stream_world& w, stream_id which, std::uint64_t records, const std::string& text, std::uint64_t last = 0) {
  for (std::uint64_t n = last + 1; n <= last + records; ++n) {
    const auto o = publish(w, w.streams(), which, n - 1, text + std::to_string(n));
    REQUIRE(o.what == outcome::stored);
    REQUIRE(o.sequence == n);
  }
}

bool injected(stream_world& w, stream_fault fault, stream_id which) {
  if (const char* why = w.lacks(fault)) {
    WARN("left out: " << why);
    return false;
  }
  w.inject(fault, which);
  return true;
}

stream_facts known_facts(stream_world& w, stream_id which) {
  stream_facts f;
  REQUIRE(w.run_until([&] {
    f = inspect(w, which);
    return f.what != facts::unknown;
  }));
  return f;
}

void create_surely(stream_world& w, stream_id which) {
  REQUIRE(w.run_until([&] { return create(w, which) == stream_change::done; }));
}

std::vector<replication::stored_record> read_all(stream_world& w, stream_id which, std::uint64_t to) {
  const auto sink = std::make_shared<recording_sink>();
  const auto reader = w.streams().read(which, 1, sink);
  REQUIRE(w.run_until([&] { return sink->count() >= to || sink->gap(); }));
  CHECK(!sink->gap());
  CHECK(sink->orderly());
  return sink->records();
}

class storm {
public:
  explicit storm(stream_world& w) : world_(w) {
    REQUIRE(create(w, one) == stream_change::done);
    reader_ = w.streams().read(one, 1, sink_);
    writers_.emplace_back(w.streams(), one, "a");
    writers_.emplace_back(w.rival(), one, "b");
    writers_.emplace_back(w.rival(), one, "c");
    run(100);
  }

  void fault(stream_fault f) {
    if (!injected(world_, f, one)) return;
    if (world_.goes_on_under(f)) run(50);
    else run_until([&] { return std::ranges::all_of(writers_, [](const auto& w) { return w.in_the_dark(); }); });
    world_.heal();
    run(100);
  }

  // What was acknowledged stands where it was said to; all else that stands there was in doubt; nothing twice; and the
  // reader was told just this.
  void check() {
    for (auto& writer : writers_) writer.stop();
    run_until([&] { return std::ranges::all_of(writers_, [](const auto& writer) { return writer.idle(); }); });
    const stream_facts end = known_facts(world_, one);
    CHECK(end.last >= acknowledged_);
    const auto all = read_all(world_, one, end.last);
    std::set<std::string> seen;
    std::size_t acknowledged_records = 0, doubts_stored = 0;
    for (const auto& r : all) {
      CHECK(seen.insert(r.bytes).second);
      bool known = false;
      for (const auto& writer : writers_) {
        const auto at = writer.stored().find(r.sequence);
        if (at != writer.stored().end()) {
          CHECK(at->second == r.bytes);
          known = true;
          ++acknowledged_records;
        } else if (writer.in_doubt().contains(r.bytes)) {
          known = true;
          ++doubts_stored;
        }
      }
      CHECK(known);
    }
    std::size_t expected = 0;
    for (const auto& writer : writers_) expected += writer.stored().size();
    CHECK(acknowledged_records == expected);
    REQUIRE(world_.run_until([&] { return sink_->count() >= all.size() || sink_->gap(); }));
    CHECK(!sink_->gap());
    CHECK(sink_->orderly());
    const auto told = sink_->records();
    CHECK(std::ranges::equal(
        all, told, [](const auto& a, const auto& b) { return a.sequence == b.sequence && a.bytes == b.bytes; }));
    if (std::getenv("ROPEWALK_STREAM_FAULTS"))
      WARN(expected << " acknowledged, " << doubts() << " in doubt, of them stored " << doubts_stored);
  }

private:
  std::size_t doubts() const {
    std::size_t n = 0;
    for (const auto& writer : writers_) n += writer.in_doubt().size();
    return n;
  }
  void run(std::uint64_t records) {
    run_until([this, goal = acknowledged_ + records] { return acknowledged_ >= goal; });
  }
  void run_until(const std::function<bool()>& holds) {
    REQUIRE(world_.run_until([&] {
      for (auto& writer : writers_) writer.step(acknowledged_);
      return holds();
    }));
    for (const auto& writer : writers_)
      for (const std::string& complaint : writer.complaints()) FAIL(complaint);
  }

  stream_world& world_;
  std::uint64_t acknowledged_ = 0;
  std::vector<racing_writer> writers_;
  const std::shared_ptr<recording_sink> sink_ = std::make_shared<recording_sink>();
  std::unique_ptr<replication::record_reader> reader_;
};

// ROPEWALK_STREAM_FAULTS: how many times each, instead of once.
void racing_through_faults(stream_world& w) {
  const char* often = std::getenv("ROPEWALK_STREAM_FAULTS");
  storm s(w);
  for (int i = 0; i < (often ? std::max(1, std::atoi(often)) : 1); ++i) {
    s.fault(stream_fault::crash_leader);
    s.fault(stream_fault::pause_leader);
  }
  s.check();
}

void all_crash(stream_world& w) {
  for (const stream_id which : {one, two, three}) REQUIRE(create(w, which) == stream_change::done);
  fill(w, one, 2, "kept ");
  fill(w, two, 5, "");
  REQUIRE(trim(w, two, 4) == stream_change::done);
  fill(w, three, 5, "");
  REQUIRE(trim(w, three, 100) == stream_change::done);
  const auto sink = std::make_shared<recording_sink>();
  const auto reader = w.streams().read(one, 1, sink);
  REQUIRE(w.run_until([&] { return sink->count() == 2; }));
  if (!injected(w, stream_fault::crash_all, one)) return;

  // They may be stored when servers are back, each if its fence holds by then. Twice: the first may be lost on its way.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto ours = begin_publish(w.streams(), one, 2, "ours"), theirs = begin_publish(w.rival(), one, 2, "theirs");
    CHECK(wait_for(w, ours).what == outcome::unknown);
    CHECK(wait_for(w, theirs).what == outcome::unknown);
  }
  w.heal();

  // From here on nobody may say that a stream is missing.
  std::vector<std::pair<stream_id, std::shared_ptr<told<stream_facts>>>> open;
  std::map<stream_id, stream_facts> present;
  bool missing = false;
  const auto asked_of = [&](stream_id which) {
    return begin_call<stream_facts>([&](auto done) { w.streams().inspect(which, done); });
  };
  const auto look_at_answers = [&] {
    std::erase_if(open, [&](const auto& of) {
      if (!of.second->there()) return false;
      const stream_facts f = of.second->take();
      missing |= f.what == facts::missing;
      if (f.what == facts::present) present[of.first] = f;
      return true;
    });
    return open.empty();
  };
  std::size_t next = 0;
  REQUIRE(w.run_until([&] {
    look_at_answers();
    constexpr stream_id all[] = {one, two, three};
    const stream_id which = all[next++ % 3];
    if (open.size() < 300) open.emplace_back(which, asked_of(which));
    return missing || present.size() == 3;
  }));
  REQUIRE(w.run_until(look_at_answers));
  CHECK(!missing);
  CHECK(present[two].first == 4);
  CHECK(present[two].last == 5);
  CHECK(present[three].first == 6);
  CHECK(present[three].last == 5);

  fill(w, two, 1, "", 5);
  fill(w, three, 1, "", 5);
  const auto after = publish(w, w.streams(), one, 2, "after");
  REQUIRE((after.what == outcome::stored || after.what == outcome::refused));
  CHECK(after.sequence == 3);
  fill(w, one, 1, "on ", 3);
  const auto all = read_all(w, one, 4);
  REQUIRE(all.size() == 4);
  CHECK(all[0].bytes == "kept 1");
  CHECK(all[1].bytes == "kept 2");
  CHECK((all[2].bytes == "after") == (after.what == outcome::stored));
  CHECK(all[3].bytes == "on 4");
  REQUIRE(w.run_until([&] { return sink->count() == 4; }));
  CHECK(sink->orderly());
  CHECK(!sink->gap());
}

void wiped(stream_world& w) {
  for (const stream_id which : {one, two}) REQUIRE(create(w, which) == stream_change::done);
  fill(w, one, 3, "old ");
  const auto behind = std::make_shared<recording_sink>(), idle = std::make_shared<recording_sink>();
  const auto a = w.streams().read(one, 1, behind), b = w.streams().read(two, 1, idle);
  REQUIRE(w.run_until([&] { return behind->count() == 3; }));
  if (!injected(w, stream_fault::wipe, one)) return;
  CHECK(known_facts(w, one).what == facts::missing);
  create_surely(w, one);
  fill(w, one, 5, "new ");
  REQUIRE(w.run_until([&] { return behind->gap() && idle->gap(); }));
  CHECK(behind->count() == 3);
  CHECK(idle->gap() == 0u);
  CHECK(read_all(w, one, 5).front().bytes == "new 1");
}

void older_copy(stream_world& w) {
  REQUIRE(create(w, one) == stream_change::done);
  fill(w, one, 3, "");
  if (!injected(w, stream_fault::keep_copy, one)) return;
  REQUIRE(known_facts(w, one).last == 3);
  REQUIRE(w.run_until([&] { return publish(w, w.streams(), one, 3, "4").what == outcome::stored; }));
  fill(w, one, 1, "", 4);
  const auto sink = std::make_shared<recording_sink>();
  const auto reader = w.streams().read(one, 1, sink);
  REQUIRE(w.run_until([&] { return sink->count() == 5; }));
  REQUIRE(injected(w, stream_fault::put_back_copy, one));
  CHECK(known_facts(w, one).last == 3);
  // As many again and one more: by number alone the reader could go on.
  REQUIRE(w.run_until([&] { return publish(w, w.streams(), one, 3, "other 4").what == outcome::stored; }));
  fill(w, one, 2, "other ", 4);
  REQUIRE(w.run_until([&] { return sink->gap().has_value(); }));
  CHECK(sink->count() == 5);
  CHECK(sink->orderly());
}

void lost_end(stream_world& w) {
  for (const stream_id which : {one, two}) REQUIRE(create(w, which) == stream_change::done);
  fill(w, one, 5, "");
  fill(w, two, 3, "");
  const auto at_end = std::make_shared<recording_sink>(), idle = std::make_shared<recording_sink>(),
             beyond = std::make_shared<recording_sink>();
  const auto a = w.streams().read(one, 1, at_end), b = w.rival().read(two, 1, idle), c = w.streams().read(one, 6, beyond);
  REQUIRE(w.run_until([&] { return at_end->count() == 5 && idle->count() == 3; }));
  if (!injected(w, stream_fault::lose_end, one)) return;
  CHECK(known_facts(w, one).last == 3);
  REQUIRE(w.run_until([&] { return publish(w, w.streams(), one, 3, "other 4").what == outcome::stored; }));
  fill(w, one, 2, "other ", 4);
  REQUIRE(w.run_until([&] { return at_end->gap() && idle->gap(); }));
  CHECK(at_end->count() == 5);
  CHECK(idle->count() == 3);
  CHECK(idle->gap() == 1u);
  // This one has nothing to compare: who begins beyond what it knows learns of no loss.
  REQUIRE(w.run_until([&] { return beyond->count() == 1; }));
  CHECK(beyond->records().front().bytes == "other 6");
  for (const auto& sink : {at_end, idle, beyond}) CHECK(sink->orderly());
}

constexpr stream_case faulty[] = {
    {"racing writers lose nothing and store nothing twice while a leader crashes and another one stands still",
     racing_through_faults},
    {"records, numbering and fences outlive a crash of all servers, and no stream is called missing", all_crash},
    {"after a wipe streams are missing, and readers do not go on in new ones", wiped},
    {"a reader does not go on in an older copy of its stream", older_copy},
    {"a reader does not go on in a stream that has lost its end", lost_end},
};

} // namespace

std::span<const stream_case> fault_cases() { return faulty; }

} // namespace ropewalk::tests
