// Requests at an entity's door: for whom nothing is begun any more, and what the runtime asked for is not lost.

#include <nlohmann/json.hpp>

#include <thread>

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "storage/entry_hash.hpp"
#include "storage/replicated_writes.hpp"
#include "tests/actors/entity_world.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;

namespace {

const entity_key queue_thread = thread_key("queued");

thread::command append_queued(const std::string& text, std::optional<std::string> id = {}) {
  thread::message_draft m;
  m.author = thread::role::user;
  m.id = std::move(id);
  append_json_string(m.content_json = "", text);
  thread::append a;
  a.messages.push_back(std::move(m));
  return thread::write{std::move(a)};
}

void begin_queue(entity_world& w) {
  REQUIRE_FALSE(w.ask(queue_thread, thread::command{thread::write{thread::create{}}}).refusal);
}

std::vector<std::string> queued_texts(entity_world& w) { return texts_of(w, queue_thread.id); }

std::string send_since(entity_world& w, const std::string& text, std::chrono::milliseconds ago,
                       std::optional<std::string> id = {}) {
  return w.send(queue_thread, append_queued(text, std::move(id)), actors::caller::clock::now() - ago);
}

void check_overdue(const answer& a) {
  REQUIRE(a.refusal);
  CHECK(a.refusal->type == "entity_busy");
  CHECK(retryable(a.refusal->code));
}

// As others need so much memory that nobody may stay.
void passivate(entity_world& w) {
  w.env.held_bytes += 100 * limits::held_bytes;
  REQUIRE(eventually([&] { return w.active == 0; }));
  w.env.held_bytes -= 100 * limits::held_bytes;
}

using texts_kept = std::vector<std::string>;

} // namespace

TEST_CASE("nothing is begun for a client that has waited too long") {
  entity_world w;
  begin_queue(w);
  check_overdue(w.answers.wait(send_since(w, "late", actors::caller::longest_wait + 1s)));
  CHECK_FALSE(w.answers.wait(send_since(w, "in time", actors::caller::longest_wait - 2s)).refusal);
  CHECK(queued_texts(w) == texts_kept{"in time"});
}

TEST_CASE("who became overdue behind others is refused when its turn comes, and the runtime's own requests never are") {
  entity_world w;
  begin_queue(w);
  gate reading;
  w.hold_readers(reading);
  const std::string held = send_since(w, "held", 0s, "an-id-of-its-own"); // whether it is taken has to be read
  const std::string late = send_since(w, "late", actors::caller::longest_wait - 300ms);
  const std::string early = send_since(w, "early", 0s);
  w.tell(queue_thread, append_queued("of nobody"));
  std::this_thread::sleep_for(600ms);
  reading.open();
  CHECK_FALSE(w.answers.wait(held).refusal);
  check_overdue(w.answers.wait(late));
  CHECK_FALSE(w.answers.wait(early).refusal);
  CHECK(eventually([&] { return queued_texts(w) == texts_kept{"held", "early", "of nobody"}; }));
  CHECK(w.answers.answered_twice().empty());
}

namespace {

// A member that owns all, and whose reads are refused or held back when the test wants it.
class sole_member final : public storage::replicated_writes {
public:
  void knows(const storage::journal_meta& meta) { meta_ = meta; }
  enum class reads { stand, fail, wait };
  std::atomic<reads> barriers{reads::stand};
  std::atomic<int> not_stood{0};

  change_list take_changes(partition_id) override { return {}; }
  status_result place(partition_id p, std::uint64_t, std::span<entry> entries, change_list&) override {
    auto [head, first] = heads_.try_emplace(p);
    if (first) head->second.hash = storage::genesis_hash(meta_.cluster, p, meta_.partitions);
    for (entry& e : entries) {
      e.index = head->second.index + 1;
      e.epoch = 1;
      e.prev_hash = head->second.hash;
      e.hash = storage::hash_of(e);
      head->second = replication::point_of(e);
    }
    return ok();
  }
  void changed(partition_id, std::uint64_t, bool) override {}
  void stored(partition_id, storage::submission& s, std::vector<entry> entries, const receipt& r) override {
    if (!s.listener) return;
    const reads now = barriers.load();
    if (!entries.empty() || now == reads::stand) return s.listener->on_durable(entries, r);
    ++not_stood;
    if (now == reads::fail) return s.listener->on_failed({errc::timeout, "ownership_lost", "too many reads", {}});
    waiting_ = std::move(s.listener);
    last_ = r;
  }
  // Of the one that waits.
  void stand() { std::exchange(waiting_, nullptr)->on_durable({}, last_); }
  status_result begin_again(storage::journal&) override { return ok(); }
  status_result begin_again(storage::journal&, partition_id) override { return ok(); }

private:
  storage::journal_meta meta_;
  std::map<partition_id, replication::chain_point> heads_;
  std::unique_ptr<storage::commit_listener> waiting_;
  receipt last_;
};

void crash_queue(entity_world& w, sole_member& member, sole_member::reads then) {
  member.barriers = then;
  w.crash(queue_thread);
  REQUIRE(eventually([&] { return member.not_stood == 1; }));
}

} // namespace

TEST_CASE("an entity that crashed is started again where the member refuses to read") {
  sole_member member;
  entity_world w(1000, nullptr, &member);
  member.knows(w.journal->meta());
  begin_queue(w);
  REQUIRE_FALSE(w.answers.wait(send_since(w, "before", 0s)).refusal);
  crash_queue(w, member, sole_member::reads::fail);
  const std::string waits = send_since(w, "waits", 0s);
  member.barriers = sole_member::reads::stand;
  CHECK_FALSE(w.answers.wait(waits).refusal);
  CHECK(queued_texts(w) == texts_kept{"before", "waits"});
}

TEST_CASE("who waits for an entity that is down is refused when it has waited too long") {
  sole_member member;
  entity_world w(1000, nullptr, &member);
  member.knows(w.journal->meta());
  begin_queue(w);
  crash_queue(w, member, sole_member::reads::wait);
  const std::string late = send_since(w, "late", actors::caller::longest_wait - 500ms);
  const std::string early = send_since(w, "early", 0s);
  w.tell(queue_thread, append_queued("of nobody"));
  check_overdue(w.answers.wait(late)); // and it is down still
  member.barriers = sole_member::reads::stand;
  member.stand();
  CHECK_FALSE(w.answers.wait(early).refusal);
  CHECK(eventually([&] { return queued_texts(w) == texts_kept{"early", "of nobody"}; }));
}

TEST_CASE("what the runtime asks of an entity that cannot be loaded is asked again until it can be") {
  entity_world w;
  begin_queue(w);
  passivate(w);
  w.loads.asked = 0;
  w.loads.fails = 2;
  w.tell(queue_thread, append_queued("of nobody"));
  REQUIRE(eventually([&] { return w.loads.asked == 1; }));
  const answer client = w.ask(queue_thread, append_queued("of a client")); // is told, and asks again itself
  if (client.refusal) CHECK(client.refusal->type == "no_load");
  REQUIRE(eventually([&] { return w.loads.fails == 0; }));
  REQUIRE(eventually([&] { // until it has left memory it goes on refusing
    return !w.ask(queue_thread, thread::read{thread::read_messages{}}).refusal;
  }));
  CHECK(eventually([&] {
    const auto now = queued_texts(w);
    return std::find(now.begin(), now.end(), "of nobody") != now.end();
  }));
  const auto all = queued_texts(w);
  CHECK(std::count(all.begin(), all.end(), "of nobody") == 1);
  CHECK(w.loads.asked <= 4); // a second apart
}

TEST_CASE("what cannot be loaded for good is not asked again") {
  entity_world w;
  begin_queue(w);
  passivate(w);
  w.loads.asked = 0;
  w.loads.code = errc::corrupt;
  w.loads.fails = 1;
  w.tell(queue_thread, append_queued("of nobody"));
  REQUIRE(eventually([&] { return w.loads.asked == 1; }));
  std::this_thread::sleep_for(2200ms); // two looks
  CHECK(w.loads.asked == 1);
  CHECK(queued_texts(w).empty());
}

TEST_CASE("what the runtime asks of an entity for which too many wait is asked again") {
  entity_world w;
  begin_queue(w);
  constexpr int others = 4096;
  gate reading;
  w.hold_readers(reading);
  const std::string held = send_since(w, "held", 0s, "an-id-of-its-own"); // whether it is taken has to be read
  const auto page = [] { return thread::read{thread::read_messages{}}; };
  for (int i = 0; i < others; ++i) w.send(queue_thread, page());
  const answer refused = w.ask(queue_thread, page());
  REQUIRE(refused.refusal);
  CHECK(refused.refusal->type == "entity_busy");
  w.tell(queue_thread, append_queued("of nobody"));
  CHECK(w.ask(queue_thread, page()).refusal); // it was taken behind the other, and did not wait
  reading.open();
  CHECK_FALSE(w.answers.wait(held).refusal);
  CHECK(eventually([&] { return queued_texts(w) == texts_kept{"held", "of nobody"}; }));
}
