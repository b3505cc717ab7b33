// Who waits for a member that cannot answer any more is told so, once.

#include <catch2/catch.hpp>

#include <string>
#include <thread>
#include <vector>

#include "actors/cluster/handed_on_requests.hpp"
#include "actors/cluster/replica.hpp"
#include "tests/runtime/replication_records.hpp"

using namespace ropewalk;
using namespace std::chrono_literals;

namespace {

class refusals_told final : public actors::outbox {
public:
  status_result reply(const std::string&, std::string_view) override { return ok(); }
  void refuse(const std::string& to, const error& why) override {
    CHECK(why.type == "ownership_lost");
    CHECK(retryable(why.code));
    told.push_back(to);
  }
  void publish_event(const entity_key&, std::string_view) override {}
  std::vector<std::string> take() { return std::exchange(told, {}); }
  std::vector<std::string> told;
};

using reply_subjects = std::vector<std::string>;

actors::handed_on_requests::clock::time_point a_moment_later() {
  std::this_thread::sleep_for(1ms);
  const auto now = actors::handed_on_requests::clock::now();
  std::this_thread::sleep_for(1ms);
  return now;
}

constexpr partition_id this_partition{0}, other_partition{1};

} // namespace

TEST_CASE("what was handed on to a member that owns no more is refused, once") {
  refusals_told out;
  actors::handed_on_requests lately(out);
  lately.note(this_partition, "n2", "a");
  lately.note(other_partition, "n2", "b");
  lately.note(this_partition, "n3", "c");
  lately.note(this_partition, "n2", ""); // nobody waits
  lately.note(this_partition, "n2", "end", actors::handed_on_requests::patience::lengthy);
  lately.owner_is(this_partition, "n3", {});
  CHECK(out.take() == reply_subjects{"a", "end"});
  lately.owner_is(this_partition, "", {});
  CHECK(out.take() == reply_subjects{"c"});
  lately.owner_is(this_partition, "n2", a_moment_later());
  CHECK(out.take().empty());
}

TEST_CASE("what was handed on to a member before it came to own anew is refused, and what came later is not") {
  refusals_told out;
  actors::handed_on_requests lately(out);
  lately.note(this_partition, "n2", "before");
  lately.note(other_partition, "n2", "elsewhere");
  const auto anew = a_moment_later();
  lately.note(this_partition, "n2", "after");
  lately.owner_is(this_partition, "n2", anew); // told later than it was heard
  CHECK(out.take() == reply_subjects{"before"});
  lately.owner_is(this_partition, "n2", {}); // heard again after a silence
  CHECK(out.take().empty());
  lately.owner_is(this_partition, "n2", a_moment_later());
  CHECK(out.take() == reply_subjects{"after"});
}

namespace {

// Streams that never answer.
class no_streams final : public replication::record_streams {
public:
  void create(replication::stream_id, std::function<void(replication::stream_change)>) override {}
  void publish(replication::stream_id, std::uint64_t, std::string,
               std::function<void(replication::publish_outcome)>) override {}
  void inspect(replication::stream_id, std::function<void(replication::stream_facts)>) override {}
  std::unique_ptr<replication::record_reader> read(replication::stream_id, std::uint64_t,
                                                   std::shared_ptr<replication::record_sink>) override {
    return nullptr;
  }
  void trim(replication::stream_id, std::uint64_t, std::function<void(replication::stream_change)>) override {}
  void remove(replication::stream_id, std::function<void(replication::stream_change)>) override {}
  void list(std::function<void(bool, std::vector<replication::stream_id>)>) override {}
};

// Keeps what a replica tells of its partition's owner: "n2", "n2 anew".
class owners_told final : public actors::replica_surroundings {
public:
  replication::step_time now() override { return {us, {}}; }
  void send(partition_id, const replication::member_name&, const replication::message&) override {}
  void has_changes(partition_id) override {}
  void serves(partition_id, std::uint64_t) override {}
  void serves_no_more(partition_id, std::uint64_t, const std::string&) override {}
  void owner_is(partition_id, const replication::member_name& owner, bool anew) override {
    told.push_back(owner + (anew ? " anew" : ""));
  }
  void refused(partition_id, const replication::record_refused&) override {}
  void cannot_go_on(partition_id, const std::string&) override {}
  void program_too_old(partition_id, const std::string&) override {}
  reply_subjects take() { return std::exchange(told, {}); }
  std::int64_t us = 0;
  reply_subjects told;
};

} // namespace

TEST_CASE("an owner that is back within its lease is told of anew, whether its beat or the stream comes first") {
  const replication::no_chain chain;
  no_streams streams;
  owners_told around;
  actors::released_acks acks;
  replication::member_settings settings;
  settings.self = "n1";
  settings.members = {{"n1", "n2", "n3"}, 1};
  settings.hash_of = replication::record_hash;
  actors::replica r(settings, chain, streams, around, acks);
  replication::durable_state disk;
  disk.standing = {1, true};
  disk.promised = {4, "n2"};
  r.begin(disk);
  around.take();
  const auto beats = [&](const std::string& who, std::uint64_t epoch) {
    around.us += 500'000;
    r.receive({who, 1, 0, replication::beat{epoch, 1, around.us, {}, {}}});
  };
  beats("n2", 4);
  CHECK(around.take() == reply_subjects{"n2 anew"});
  beats("n2", 4);
  CHECK(around.take().empty());
  beats("n2", 5); // it was killed, and took over from itself
  CHECK(around.take() == reply_subjects{"n2 anew"});
  beats("n2", 4); // late
  beats("n2", 5);
  CHECK(around.take().empty());
  beats("n3", 6);
  CHECK(around.take() == reply_subjects{"n3 anew"});
  around.us += 2 * settings.lease_us + 1'000'000;
  r.tick(false);
  CHECK(around.take() == reply_subjects{""});
  beats("n3", 6);
  r.tick(false);
  CHECK(around.take() == reply_subjects{"n3"});
  r.end();
}
