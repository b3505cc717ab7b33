// Which way a request goes in a member of a cluster.

#include <catch2/catch.hpp>

#include <string>

#include "actors/cluster/internal_link.hpp"
#include "actors/partition_table.hpp"

using namespace ropewalk;
using namespace ropewalk::actors;

namespace {

struct routed_table {
  routed_table() : owners("n1", 1), table(1) {
    owners.serves_here(partition_id{0}, true);
    table.go_elsewhere(&owners, [this](partition_id, request_ptr) { way = "link"; },
                       [](const request& r) { return internal_link::carries(r); });
  }
  std::string way_of(workflow::command what, bool from_the_link = false) {
    way.clear();
    auto r = std::make_shared<request>();
    r->entity = {"acme", entity_kind::workflow, "w"};
    r->what = std::move(what);
    if (from_the_link) r->on_done = [] {};
    r->on_refused = [this](const error&) { way = "here"; }; // no actors: the table refuses what it would post
    table.route(std::move(r));
    return way;
  }
  ownership owners;
  partition_table table;
  std::string way;
};

} // namespace

// Its partition may change owners before the word is durable; the one who told it stays, and says it once.
TEST_CASE("what one entity tells another goes by the link that repeats it, also to a partition that is served here") {
  routed_table t;
  const workflow::command ended = workflow::child_ended{};
  CHECK(t.way_of(ended) == "link");
  CHECK(t.way_of(workflow::write{workflow::start{}}) == "link");
  CHECK(t.way_of(ended, true) == "here"); // it came over the link
  CHECK(t.way_of(workflow::recover{}) == "here"); // of the entity to itself
  t.owners.serves_here(partition_id{0}, false);
  CHECK(t.way_of(ended, true) == "link"); // which refuses it: it lost its partition on the way
}
