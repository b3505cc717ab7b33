// At which level of durability entities of a cluster tell each other what they did.

#include <mutex>
#include <vector>

#include "actors/cluster/internal_link.hpp"
#include "actors/cluster/ownership.hpp"
#include "tests/actors/entity_world.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

class reads_that_stand final : public actors::replicated_reads {
public:
  void read(partition_id, std::uint64_t, ack_level, std::unique_ptr<storage::commit_listener> listener,
            std::uint64_t) override {
    listener->on_durable({}, {});
  }
  bool stream_is_behind(partition_id) const override { return false; }
};

// A member's partitions, and in place of the link to the others what would be sent over it.
struct told_world {
  told_world() : owners("n1", w.partitions.partitions()) {
    for (std::uint16_t p = 0; p < w.partitions.partitions(); ++p) owners.serves_here(partition_id{p}, true);
    w.env.replicated = &reads;
    w.partitions.go_elsewhere(
        &owners,
        [this](partition_id, actors::request_ptr r) {
          const std::scoped_lock lock(mutex);
          told.push_back(std::move(r));
        },
        [](const actors::request& r) { return actors::internal_link::carries(r); });
  }
  // In its own world they would outlive it.
  ~told_world() { w.stop(); }

  actors::request_ptr fork(ack_level level) {
    auto r = std::make_shared<actors::request>();
    r->entity = thread_key("parent");
    thread::fork f;
    f.child_id = "child." + std::string(name(level));
    r->what = thread::command{thread::write{f}};
    r->ack = level;
    w.partitions.route(std::move(r));
    actors::request_ptr found;
    REQUIRE(eventually([&] {
      const std::scoped_lock lock(mutex);
      for (const auto& t : told)
        if (t->entity.id == f.child_id) found = t;
      return found != nullptr;
    }));
    return found;
  }

  reads_that_stand reads;
  entity_world w;
  actors::ownership owners;
  std::mutex mutex;
  std::vector<actors::request_ptr> told;
};

} // namespace

TEST_CASE("a fork's child is made at its parent's level, and is told of no parent that may be lost with its node") {
  told_world t;
  REQUIRE_FALSE(t.w.ask(thread_key("parent"), thread::command{thread::write{thread::create{}}}).refusal);
  CHECK(t.fork(ack_level::local)->ack == ack_level::log);
  CHECK(t.fork(ack_level::log)->ack == ack_level::log);
  CHECK(t.fork(ack_level::peers)->ack == ack_level::peers);
}
