#include <catch2/catch.hpp>

#include "transport/subject.hpp"

namespace ropewalk::transport {

TEST_CASE("a subject's parts are the tokens as they came") {
  const auto p = parse_subject("rw.v1.acme.thread.a%2Eb.append", "rw");
  REQUIRE(p);
  CHECK(p->noun == noun::thread);
  CHECK(p->org_token == "acme");
  CHECK(p->id_token == "a%2Eb");
  CHECK(p->verb == "append");
  CHECK(parse_subject("rw.v1.acme.threads.list", "rw")->noun == noun::threads);
  CHECK(parse_subject("rw.v1.acme.workflows.list", "rw")->noun == noun::workflows);
  CHECK(parse_subject("rw.v1.acme.schedules.list", "rw")->noun == noun::schedules);
  CHECK(parse_subject("rw.v1.acme.schedule.nightly.get", "rw")->id_token == "nightly");
  CHECK(!parse_subject("rw.v1.acme.schedule.nightly.step.begin", "rw"));
  CHECK(parse_subject("rw.node.n1.health", "rw")->id_token == "n1");
}

TEST_CASE("a verb of a workflow may have a dot") {
  const auto one = parse_subject("rw.v1.acme.workflow.order-7.start", "rw");
  REQUIRE(one);
  CHECK(one->noun == noun::workflow);
  CHECK(one->id_token == "order-7");
  CHECK(one->verb == "start");
  CHECK(parse_subject("rw.v1.acme.workflow.order-7.step.begin", "rw")->verb == "step.begin");
  CHECK(parse_subject(workflow_subject("a.b", "o.1", "w.1", "step.complete"), "a.b")->verb == "step.complete");
  for (const char* bad : {"rw.v1.acme.workflow.order-7", "rw.v1.acme.workflow.order-7.step.begin.now",
                          "rw.v1.acme.workflow.order-7.step.", "rw.v1.acme.workflow.order-7..begin",
                          "rw.v1.acme.workflows.order-7.list", "rw.v1.acme.thread.t1.step.begin"}) {
    CAPTURE(bad);
    CHECK(!parse_subject(bad, "rw"));
  }
}

TEST_CASE("what is built is parsed again") {
  const std::string subject = thread_subject("a.b", "org.1", "caf\xC3\xA9 *>", "get");
  CHECK(subject == "a.b.v1.org%2E1.thread.caf%C3%A9%20%2A%3E.get");
  const auto p = parse_subject(subject, "a.b");
  REQUIRE(p);
  CHECK(*decode_token(p->org_token, "org") == "org.1");
  CHECK(*decode_token(p->id_token, "id") == "caf\xC3\xA9 *>");
  CHECK(threads_subject("rw", "acme", "list") == "rw.v1.acme.threads.list");
  CHECK(workflows_subject("rw", "acme", "list") == "rw.v1.acme.workflows.list");
  CHECK(thread_event_subject("rw", "acme", "t1") == "rw.v1.acme.event.thread.t1");
  CHECK(event_subject("rw", entity_kind::workflow, "acme", "order 7") == "rw.v1.acme.event.workflow.order%207");
  CHECK(task_subject("rw", "a.b", "booking") == "rw.v1.a%2Eb.task.booking");
}

TEST_CASE("a node listens to threads, workflows and schedules as one of a group, and to its own name alone") {
  const auto subjects = request_subscriptions("rw", "n.1");
  REQUIRE(subjects.size() == 7);
  CHECK(subjects[0].subject == "rw.v1.*.thread.*.*");
  CHECK(subjects[0].queue_group);
  CHECK(subjects[1].subject == "rw.v1.*.threads.*");
  CHECK(subjects[2].subject == "rw.v1.*.workflow.*.>");
  CHECK(subjects[2].queue_group);
  CHECK(subjects[3].subject == "rw.v1.*.workflows.*");
  CHECK(subjects[4].subject == "rw.v1.*.schedule.*.*");
  CHECK(subjects[4].queue_group);
  CHECK(subjects[5].subject == "rw.v1.*.schedules.*");
  CHECK(subjects[6].subject == "rw.node.n%2E1.*");
  CHECK(!subjects[6].queue_group);
}

TEST_CASE("a prefix is tokens joined by dots") {
  CHECK(is_valid_prefix("rw"));
  CHECK(is_valid_prefix("prod.eu-1.rw"));
  for (const char* bad : {"", ".", "rw.", ".rw", "r w", "rw.*", "rw.>", "$SRV", "a.b.c.d.e.f.g.h.i"}) {
    CAPTURE(bad);
    CHECK(!is_valid_prefix(bad));
  }
}

} // namespace ropewalk::transport
