#include "tests/streams/contract.hpp"

#include <catch2/catch.hpp>

#include "tests/streams/stream_calls.hpp"

namespace ropewalk::tests {
namespace {

using replication::publish_outcome;
using replication::record_streams;
using replication::stream_change;
using replication::stream_facts;
using replication::stream_id;
using outcome = publish_outcome::kind;

constexpr stream_id one{partition_id{3}, 7};

std::string record(std::uint64_t n) { return "record " + std::to_string(n); }

void expect_stored(stream_world& w, stream_id which, std::uint64_t expected, const std::string& bytes) {
  const publish_outcome o = publish(w, w.streams(), which, expected, bytes);
  REQUIRE(o.what == outcome::stored);
  REQUIRE(o.sequence == expected + 1);
}

void expect_refused(stream_world& w, stream_id which, std::uint64_t expected, std::uint64_t last) {
  const publish_outcome o = publish(w, w.streams(), which, expected, "too late");
  CHECK(o.what == outcome::refused);
  CHECK(o.sequence == last);
}

void expect_facts(stream_world& w, stream_id which, std::uint64_t first, std::uint64_t last) {
  const stream_facts f = inspect(w, which);
  CHECK(f.what == stream_facts::kind::present);
  CHECK(f.first == first);
  CHECK(f.last == last);
}

void make(stream_world& w, stream_id which, std::uint64_t records = 0) {
  REQUIRE(create(w, which) == stream_change::done);
  for (std::uint64_t n = 1; n <= records; ++n) expect_stored(w, which, n - 1, record(n));
}

// Reads until the record `to`, and expects record(n) at n, or what `other` says.
void expect_read(stream_world& w, stream_id which, std::uint64_t from, std::uint64_t to) {
  const auto sink = std::make_shared<recording_sink>();
  const auto reader = w.streams().read(which, from, sink);
  REQUIRE(w.run_until([&] { return sink->count() > to - from || sink->gap(); }));
  CHECK(sink->orderly());
  CHECK(!sink->gap());
  CHECK(sink->records().front().sequence == from);
  for (const auto& r : sink->records()) CHECK(r.bytes == record(r.sequence));
}

void fenced(stream_world& w) {
  make(w, one);
  expect_facts(w, one, 1, 0);
  expect_refused(w, one, 5, 0);
  expect_stored(w, one, 0, "a");
  expect_stored(w, one, 1, "b");
  expect_refused(w, one, 0, 2);
  expect_refused(w, one, 1, 2);
  expect_refused(w, one, 3, 2);
  expect_stored(w, one, 2, "c");
  expect_facts(w, one, 1, 3);
}

void no_deduplication(stream_world& w) {
  make(w, one);
  expect_stored(w, one, 0, "the same");
  const publish_outcome again = publish(w, w.streams(), one, 0, "the same");
  CHECK(again.what == outcome::refused);
  expect_stored(w, one, 1, "the same");
}

void any_bytes(stream_world& w) {
  make(w, one);
  std::string every;
  for (int i = 0; i < 256; ++i) every += static_cast<char>(i);
  std::string large;
  while (large.size() < 700'000) large += every;
  const std::vector<std::string> bodies{"", "NATS/1.0 503\r\n\r\n", every, large, "{\"error\":{\"err_code\":10059}}"};
  for (std::size_t i = 0; i < bodies.size(); ++i) expect_stored(w, one, i, bodies[i]);
  const auto sink = std::make_shared<recording_sink>();
  const auto reader = w.streams().read(one, 1, sink);
  REQUIRE(w.run_until([&] { return sink->count() == bodies.size(); }));
  for (std::size_t i = 0; i < bodies.size(); ++i) CHECK((sink->records()[i].bytes == bodies[i]));
}

void too_large(stream_world& w) {
  make(w, one, 1);
  CHECK(publish(w, w.streams(), one, 1, std::string(1 << 20, 'x')).what == outcome::too_large);
  expect_facts(w, one, 1, 1);
  expect_stored(w, one, 1, record(2));
}

void created_twice(stream_world& w) {
  make(w, one, 2);
  CHECK(create(w, one) == stream_change::done);
  expect_facts(w, one, 1, 2);
}

void missing(stream_world& w) {
  auto& s = w.streams();
  const auto published = begin_publish(s, one, 0, "x");
  const auto inspected = begin_call<stream_facts>([&](auto done) { s.inspect(one, done); });
  const auto trimmed = begin_call<stream_change>([&](auto done) { s.trim(one, 2, done); });
  const auto removed = begin_call<stream_change>([&](auto done) { s.remove(one, done); });
  const auto sink = std::make_shared<recording_sink>();
  const auto reader = s.read(one, 1, sink);
  CHECK(wait_for(w, published).what == outcome::missing);
  CHECK(wait_for(w, inspected).what == stream_facts::kind::missing);
  CHECK(wait_for(w, trimmed) == stream_change::missing);
  CHECK(wait_for(w, removed) == stream_change::missing);
  REQUIRE(w.run_until([&] { return sink->gap().has_value(); }));
  CHECK(sink->gap() == 0u);
  CHECK(sink->count() == 0);
}

void readers_follow(stream_world& w) {
  make(w, one, 40);
  const auto whole = std::make_shared<recording_sink>(), later = std::make_shared<recording_sink>(),
             beyond = std::make_shared<recording_sink>();
  const auto a = w.streams().read(one, 1, whole), b = w.rival().read(one, 20, later),
             c = w.streams().read(one, 45, beyond);
  REQUIRE(w.run_until([&] { return whole->count() == 40 && later->count() == 21; }));
  for (std::uint64_t n = 41; n <= 60; ++n) expect_stored(w, one, n - 1, record(n));
  REQUIRE(w.run_until([&] { return whole->count() == 60 && later->count() == 41 && beyond->count() == 16; }));
  CHECK(whole->records().front().sequence == 1);
  CHECK(later->records().front().sequence == 20);
  CHECK(beyond->records().front().sequence == 45);
  for (const auto& sink : {whole, later, beyond}) {
    CHECK(sink->orderly());
    CHECK(!sink->gap());
    for (const auto& r : sink->records()) CHECK(r.bytes == record(r.sequence));
  }
}

void reader_ends(stream_world& w) {
  make(w, one, 3);
  const auto sink = std::make_shared<recording_sink>(), other = std::make_shared<recording_sink>();
  auto reader = w.streams().read(one, 1, sink);
  REQUIRE(w.run_until([&] { return sink->count() == 3; }));
  reader.reset();
  const auto next = w.streams().read(one, 1, other);
  for (std::uint64_t n = 4; n <= 10; ++n) expect_stored(w, one, n - 1, record(n));
  REQUIRE(w.run_until([&] { return other->count() == 10; }));
  CHECK(sink->count() == 3);
}

void reader_pauses(stream_world& w) {
  constexpr std::uint64_t records = 3 * replication::records_behind_pause;
  make(w, one, records);
  const auto sink = std::make_shared<recording_sink>();
  const auto reader = w.streams().read(one, 1, sink);
  sink->pause_at_next(*reader);
  REQUIRE(w.run_until([&] { return sink->count() > 0; }));
  for (int i = 0; i < 5; ++i) inspect(w, one); // gives it time to tell more
  // The first batch may have come before the pause was ordered.
  CHECK(sink->count() <= 2 * replication::records_behind_pause);
  sink->pause_no_more();
  reader->go_on();
  REQUIRE(w.run_until([&] { return sink->count() == records; }));
  CHECK(sink->orderly());
}

void trimmed(stream_world& w) {
  make(w, one, 5);
  CHECK(trim(w, one, 3) == stream_change::done);
  expect_facts(w, one, 3, 5);
  CHECK(trim(w, one, 2) == stream_change::done); // below already
  expect_facts(w, one, 3, 5);
  expect_refused(w, one, 4, 5);
  expect_stored(w, one, 5, record(6));
  expect_read(w, one, 3, 6);

  CHECK(trim(w, one, 1000) == stream_change::done); // all of them, and no hole in the numbering
  expect_facts(w, one, 7, 6);
  expect_refused(w, one, 0, 6);
  const auto waits = std::make_shared<recording_sink>(), late = std::make_shared<recording_sink>();
  const auto a = w.streams().read(one, 7, waits), b = w.streams().read(one, 6, late);
  REQUIRE(w.run_until([&] { return late->gap().has_value(); }));
  CHECK(late->gap() == 7u);
  CHECK(late->count() == 0);
  expect_stored(w, one, 6, record(7));
  REQUIRE(w.run_until([&] { return waits->count() == 1; }));
  CHECK(waits->records().front().bytes == record(7));
}

void made_anew(stream_world& w) {
  make(w, one, 3);
  const auto sink = std::make_shared<recording_sink>();
  const auto reader = w.streams().read(one, 1, sink);
  REQUIRE(w.run_until([&] { return sink->count() == 3; }));
  CHECK(remove(w, one) == stream_change::done);
  make(w, one);
  for (std::uint64_t n = 1; n <= 6; ++n) expect_stored(w, one, n - 1, "another " + std::to_string(n));
  REQUIRE(w.run_until([&] { return sink->gap().has_value(); }));
  CHECK(sink->count() == 3);
  CHECK(sink->orderly());
}

void listed(stream_world& w) {
  const stream_id second{partition_id{3}, 8}, third{partition_id{12}, 1};
  CHECK(list(w, w.streams()) == std::vector<stream_id>{});
  for (const stream_id s : {third, one, second}) make(w, s);
  const auto strange = begin_call<stream_change>([&](auto done) { w.stranger().create(one, done); });
  REQUIRE(wait_for(w, strange) == stream_change::done);
  CHECK(list(w, w.streams()) == std::vector{one, second, third});
  CHECK(list(w, w.stranger()) == std::vector{one});
  CHECK(remove(w, second) == stream_change::done);
  REQUIRE(w.run_until([&] { return list(w, w.streams()) == std::vector{one, third}; }));

  expect_stored(w, one, 0, "ours"); // a stream of the same id
  const auto theirs = publish(w, w.stranger(), one, 0, "theirs");
  CHECK(theirs.what == outcome::stored);
  expect_facts(w, one, 1, 1);
}

void races(stream_world& w) {
  constexpr std::uint64_t rounds = 150;
  make(w, one);
  std::uint64_t unanswered = 0; // servers of a busy machine may take too long for an answer; not often
  for (std::uint64_t last = 0; last < rounds; ++last) {
    const auto a = begin_publish(w.streams(), one, last, "ours"), b = begin_publish(w.rival(), one, last, "theirs");
    const publish_outcome ours = wait_for(w, a), theirs = wait_for(w, b);
    const publish_outcome& won = ours.what == outcome::stored ? ours : theirs;
    const publish_outcome& lost = ours.what == outcome::stored ? theirs : ours;
    REQUIRE(won.what == outcome::stored);
    REQUIRE(won.sequence == last + 1);
    REQUIRE(lost.what != outcome::stored);
    if (lost.what == outcome::unknown) ++unanswered;
    else REQUIRE((lost.what == outcome::refused && lost.sequence == last + 1));
  }
  CHECK(unanswered < rounds / 20);
  expect_facts(w, one, 1, rounds);
}

constexpr stream_case working[] = {
    {"a record is stored behind the sequence that it expects, and nowhere else", fenced},
    {"a record that repeats another one is judged by its fence alone", no_deduplication},
    {"records are any bytes", any_bytes},
    {"a record that is too large is not stored, and said to be", too_large},
    {"a stream that exists is created again without harm", created_twice},
    {"a stream that does not exist is missing to everybody", missing},
    {"readers get every record in order, from any position, also from one that is not there yet", readers_follow},
    {"a reader that has ended tells nothing more", reader_ends},
    {"a reader that is paused tells little more, and all of it later", reader_pauses},
    {"trimming takes what lies below, and the numbering goes on", trimmed},
    {"a reader does not go on in a stream that was made anew", made_anew},
    {"a cluster's streams are its own", listed},
    {"of two publishers with one fence exactly one is stored", races},
};

} // namespace

std::span<const stream_case> contract_cases() { return working; }

} // namespace ropewalk::tests
