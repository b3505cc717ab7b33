#pragma once
// A journal of a member of a cluster, and entries with a place in its chains as an owner gives it.

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "storage/chain_reader.hpp"
#include "storage/entry_hash.hpp"
#include "tests/storage/journal_fixture.hpp"

namespace ropewalk::tests {

inline const char* const fixture_cluster = "c1";

// Entries that follow `base`, of one epoch.
class chain_maker {
public:
  chain_maker(partition_id p, std::uint16_t partitions, const std::string& cluster = fixture_cluster)
      : partition_(p), at_{0, 0, storage::genesis_hash(cluster, p, partitions)} {}

  entry next(std::uint64_t epoch, const entity_key& who, entry_draft event) {
    entry e;
    e.partition = partition_;
    e.index = at_.index + 1;
    e.epoch = epoch;
    e.entity = who;
    e.event = std::move(event);
    e.prev_hash = at_.hash;
    e.hash = storage::hash_of(e);
    at_ = replication::point_of(e);
    return e;
  }
  const replication::chain_point& at() const { return at_; }
  void go_back_to(const replication::chain_point& p) { at_ = p; }

private:
  partition_id partition_;
  replication::chain_point at_;
};

inline replication::entry_ptr shared(entry e) { return std::make_shared<const entry>(std::move(e)); }

inline replication::change adoption_of(std::uint64_t keep_upto, std::vector<replication::entry_ptr> entries,
                                       const replication::chain_point& accepted,
                                       replication::stream_position position = {1, 1, {}, false}) {
  replication::change c;
  c.adopted = replication::adoption{keep_upto, std::move(entries), accepted, position};
  return c;
}

// One group with one change.
inline result<bool> applied(storage::journal& j, std::uint16_t p, const replication::change& c) {
  REQUIRE(j.begin_group());
  auto done = j.apply_change(partition_id{p}, c);
  if (done) {
    REQUIRE(j.commit_group());
  } else {
    REQUIRE(j.abandon_group());
  }
  return done;
}

inline bool must_apply(storage::journal& j, std::uint16_t p, const replication::change& c) {
  const auto done = applied(j, p, c);
  if (!done) FAIL(done.error().detail);
  return *done;
}

inline void must_append(storage::journal& j, entry e) {
  REQUIRE(j.begin_group());
  const auto done = j.append_placed(e);
  if (!done) FAIL(done.error().detail);
  REQUIRE(j.commit_group());
}

inline replication::durable_state loaded(storage::journal& j, std::uint16_t p) {
  auto s = j.load_replication(partition_id{p});
  if (!s) FAIL(s.error().detail);
  return std::move(*s);
}

inline storage::journal_options member_options(std::uint16_t partitions = 16) {
  storage::journal_options o;
  o.partitions = partitions;
  o.cluster = fixture_cluster;
  return o;
}

inline std::int64_t count_in(const std::filesystem::path& file, const std::string& from) {
  auto db = storage::sqlite::connection::open(file, {.read_only = true, .vfs = {}});
  REQUIRE(db);
  const auto n = db->integer(("SELECT count(*) FROM " + from).c_str());
  REQUIRE(n);
  return *n;
}

} // namespace ropewalk::tests
