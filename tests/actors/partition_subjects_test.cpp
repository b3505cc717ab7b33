// What a server has mapped to a partition, and what only looks like it.

#include <catch2/catch.hpp>

#include "actors/cluster/partition_subjects.hpp"

using namespace ropewalk;

TEST_CASE("a subject that was mapped to a partition is told from others") {
  using actors::unmapped_subject;
  CHECK(unmapped_subject("rw.part.3.v1.acme.thread.t.get", "rw") == "rw.v1.acme.thread.t.get");
  CHECK(unmapped_subject("a.b.part.15.v1.acme.workflow.w.step.begin", "a.b") == "a.b.v1.acme.workflow.w.step.begin");
  for (const char* other : {"rw.part.v1.acme.thread.t.get", "rw.part..v1.acme.thread.t.get", "rw.part.x.v1.acme.t",
                            "rw.part.3.v2.acme.thread.t.get", "rw.part.3", "rw.part.3v1.x", "rw.v1.acme.thread.t.get",
                            "rw.part.3.node.n1.status", "other.part.3.v1.acme.thread.t.get"})
    CHECK_FALSE(unmapped_subject(other, "rw").has_value());
}
