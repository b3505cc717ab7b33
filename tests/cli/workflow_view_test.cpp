#include <catch2/catch.hpp>

#include "cli/wire_client.hpp"
#include "cli/workflow/diff_view.hpp"
#include "cli/workflow/event_view.hpp"
#include "cli/workflow/lineage_tree.hpp"
#include "cli/workflow/phase_progress.hpp"
#include "cli/workflow/workflow_view.hpp"
#include "tests/cli/written_output.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;
using ropewalk::tests::written;

namespace {

reply_document shown_document(std::string json) { return *reply_document::parse(std::move(json)); }
const instant view_time = *parse_rfc3339("2026-01-31T09:06:12.000000Z");

std::string shown(const std::string& json, output_format format = output_format::table, unsigned columns = 100) {
  const auto d = shown_document(json);
  return written(
      format, [&](output& o) { show_workflow(o, d.root(), view_time); }, columns);
}

// Everything that a terminal could take for a command.
bool is_harmless(const std::string& text) {
  for (const char c : text)
    if (c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)) return false;
  return text.find("\xE2\x80\xAE") == std::string::npos && text.find("\xC2\x9B") == std::string::npos;
}
const std::string hostile = R"(\u001b]0;gone\u0007\u202e\r\n\u009b2J)";

} // namespace

TEST_CASE("get tells the phase, the attempt, the last error, what is waited for and what comes next") {
  CHECK(shown(R"({"workflow":{"id":"order-7","org":"acme","definition":{"name":"agent-creation","version":3},
    "status":"running","version":9,"created_at":"2026-01-31T09:05:00.000001Z","updated_at":"2026-01-31T09:06:00.000001Z",
    "attributes":{"customer":"c-9","urgent":true},"phase_runs":2,"runs":[{"run":2,"phase":"code_generation","kind":"task",
    "status":"waiting","attempt":1,"attempts":3,"last_error":{"code":"rate_limited","message":"the provider said 429",
    "at":"2026-01-31T09:06:00.000001Z"},"waiting_for":"next attempt","since":"2026-01-31T09:06:00.000001Z",
    "started_at":"2026-01-31T09:05:41.000001Z","next_attempt_at":"2026-01-31T09:06:15.000001Z"}]}})") ==
        "id           order-7\n"
        "org          acme\n"
        "definition   agent-creation version 3\n"
        "status       running\n"
        "attributes   customer=c-9, urgent=true\n"
        "version      9, 2 phase runs so far\n"
        "started      2026-01-31 09:05:00 (1m ago)\n"
        "updated      2026-01-31 09:06:00 (11s ago)\n"
        "run 2 error  rate_limited: the provider said 429 (11s ago)\n"
        "\n"
        "RUN  PHASE            KIND  ATTEMPT  SINCE    NEXT           WAITS FOR\n"
        "  2  code_generation  task  1 of 3   11s ago  attempt in 4s  next attempt\n");
}

TEST_CASE("get shows the open runs of a parallel and a map, kept signals and what is left of an ending") {
  const std::string text = shown(R"({"workflow":{"id":"w","definition":{"name":"d","version":1},"status":"compensating",
    "ending":{"status":"failed","code":"no_seats","message":"sold out","to_undo":2},"version":40,"phase_runs":7,
    "parent":{"workflow":"trip-1","run":3},"signals":[{"id":"s1","name":"approved","at":"2026-01-31T09:06:00.000001Z"}],
    "late_results":{"count":4,"listed":[]},"leaving_children":["c1"],
    "failed_runs":[{"run":4,"phase":"book","attempt":5,"code":"no_seats","message":"sold out","at":"2026-01-31T09:05:12.000001Z"}],
    "runs":[{"run":2,"phase":"build","kind":"parallel","status":"scheduled","attempt":1,"attempts":1,"opened":2,"closed":1,
             "waiting_for":"branches","since":"2026-01-31T09:06:00.000001Z"},
            {"run":5,"phase":"api","branch":"left","kind":"agent","status":"scheduled","attempt":2,"waiting_for":"a worker: agents.api",
             "since":"2026-01-31T09:06:00.000001Z","deadlines":{"attempt":"2026-01-31T09:11:12.000000Z","heartbeat":"2026-01-31T09:06:42.000000Z"},
             "progress":{"pages":12},"last_heartbeat_at":"2026-01-31T09:06:10.000001Z","steps":3},
            {"run":6,"phase":"pages","index":3,"kind":"local","status":"scheduled","attempt":1,"attempts":3,"waiting_for":"a worker: draw",
             "since":"2026-01-31T09:06:00.000001Z","refused":2,"next_dispatch_at":"2026-01-31T09:06:13.000000Z"},
            {"run":7,"phase":"book","compensates":4,"kind":"task","status":"scheduled","attempt":1,"attempts":3,
             "waiting_for":"a worker: unbook","since":"2026-01-31T09:06:00.000001Z"}]}})",
                                 output_format::table, 140);
  CHECK(text.find("will be           failed (no_seats: sold out), 2 still to undo\n") != std::string::npos);
  CHECK(text.find("child of          trip-1 in its run 3\n") != std::string::npos);
  CHECK(text.find("signals kept      approved\n") != std::string::npos);
  CHECK(text.find("children leaving  c1\n") != std::string::npos);
  CHECK(text.find("late results      4\n") != std::string::npos);
  CHECK(text.find("run 4 failed      book, attempt 5: no_seats: sold out (59s ago)\n") != std::string::npos);
  CHECK(text.find("run 5 progress    {\"pages\":12}\n") != std::string::npos);
  CHECK(text.find("run 5 heartbeat   1s ago\n") != std::string::npos);
  CHECK(text.find("run 5 steps       3\n") != std::string::npos);
  CHECK(
      text.find(
          "RUN  PHASE                KIND      ATTEMPT      SINCE    NEXT                       WAITS FOR\n"
          "  2  build                parallel  1 of 1       11s ago                             branches, 1 of 2 "
          "closed\n"
          "  5  api (left)           agent     2, no limit  11s ago  heartbeat time-out in 30s  a worker: agents.api\n"
          "  6  pages[3]             local     1 of 3       11s ago  asked again in 1s          a worker: draw\n"
          "  7  undo of book, run 4  task      1 of 3       11s ago                             a worker: unbook\n") !=
      std::string::npos);
}

TEST_CASE("a deadline of a wait and the end of a sleep are told as what they are") {
  const auto next = [](const std::string& kind) {
    const auto d =
        shown_document(R"({"run":1,"phase":"p","kind":")" + kind +
                       R"(","attempt":1,"waiting_for":"x","deadlines":{"timer":"2026-02-02T09:06:12.000000Z"}})");
    return run_row(d.root(), view_time).at(5).text;
  };
  CHECK(next("wait") == "deadline in 2d");
  CHECK(next("sleep") == "goes on in 2d");
}

TEST_CASE("what workers, clients and definitions wrote does not reach the terminal as itself") {
  const std::string h = '"' + hostile + '"';
  for (const output_format f : {output_format::table, output_format::wide, output_format::json, output_format::yaml}) {
    const std::string text =
        shown(R"({"workflow":{"id":)" + h + R"(,"org":)" + h + R"(,"definition":{"name":)" + h +
                  R"(,"version":1},"status":)" + h + R"(,"status_reason":)" + h + R"(,"error":{"code":)" + h +
                  R"(,"message":)" + h + R"(},"attributes":{)" + h + ":" + h + R"(},"version":1,"created_at":)" + h +
                  R"(,"updated_at":)" + h + R"(,"signals":[{"name":)" + h + R"(}],"runs":[{"run":1,"phase":)" + h +
                  R"(,"branch":)" + h + R"(,"kind":)" + h + R"(,"attempt":1,"waiting_for":)" + h + R"(,"since":)" + h +
                  R"(,"deadlines":{)" + h + ":" + h + R"(},"progress":{)" + h + ":" + h + R"(},"last_error":{"code":)" +
                  h + R"(,"message":)" + h + R"(}}]}})",
              f);
    CAPTURE(text);
    CHECK(is_harmless(text));
    CHECK(text.find("gone") != std::string::npos);
  }
}

TEST_CASE("a reply that is not as it should be is shown without harm") {
  for (const char* json : {"{}", "[]", "7", R"({"workflow":7})", R"({"workflow":{"runs":7,"definition":[],"error":1}})",
                           R"({"workflow":{"runs":[1,null],"attributes":[],"signals":{},"failed_runs":[2]}})"})
    CHECK(is_harmless(shown(json)));
}

TEST_CASE("a diff is lines of - and +") {
  const auto d = shown_document(
      R"({"from":{"workflow":"w","version":7,"status":"running"},"to":{"workflow":"w","version":9,"status":"failed"},
    "changes":[{"op":"replace","path":"/budget","value":500,"before":1000},{"op":"add","path":"/design","value":{"t":"x\u001b[2J"}},
               {"op":"remove","path":"/draft","before":"y"},{"op":"replace","path":"","value":{},"before":[]}]})");
  output_style plain;
  plain.columns = 100;
  const std::string text = diff_text(d.root(), plain);
  CHECK(text == "--- w version 7, running\n"
                "+++ w version 9, failed\n"
                "- /budget 1000\n"
                "+ /budget 500\n"
                "+ /design {\"t\":\"x\\u001b[2J\"}\n"
                "- /draft \"y\"\n"
                "- (all) []\n"
                "+ (all) {}\n");
  plain.columns = 12;
  CHECK(diff_text(d.root(), plain).find("+ /design {…\n") != std::string::npos);
  output_style coloured;
  coloured.colour = true;
  CHECK(diff_text(d.root(), coloured).find("\x1b[31m- /budget 1000\x1b[0m\n\x1b[32m+ /budget 500\x1b[0m\n") !=
        std::string::npos);
  CHECK(diff_text(shown_document(R"({"from":{},"to":{},"changes":[]})").root(), plain)
            .ends_with("the states are equal\n"));
}

TEST_CASE("events of a run are shown with the phase that only its first event names") {
  event_rows rows;
  const auto row_of = [&](const std::string& json) { return rows(shown_document(json).root()); };
  const row scheduled =
      row_of(R"({"version":2,"type":"scheduled","time":"2026-01-31T09:05:00.000001Z","run":1,"line":0,)"
             R"("phase":"design","attempt":1,"deadlines":{"attempt_us":5}})");
  CHECK(scheduled.at(3).text == "design");
  CHECK(scheduled.at(5).text == "attempt 1");
  const row failed =
      row_of(R"({"version":3,"type":"attempt_failed","time":"2026-01-31T09:05:01.000001Z","run":1,"attempt":1,)"
             R"("code":"busy","message":"later","retry_at_us":1769850302000000})");
  CHECK(failed.at(3).text == "design");
  CHECK(failed.at(5).text == "attempt 1, retry at 2026-01-31 09:05:02, busy: later");
  const row completed = row_of(R"({"version":4,"type":"completed","run":1,"result":{"a":1},"by":"w-1"})");
  CHECK(completed.at(3).text == "design");
  CHECK(completed.at(5).text == "result {\"a\":1}, by w-1");
  CHECK(row_of(R"({"version":5,"type":"late_result","run":1,"digest":"d"})").at(3).text.empty());
  CHECK(row_of(R"({"version":6,"type":"paused","reason":"lunch"})").at(5).text == "reason lunch");
  CHECK(row_of(R"({"version":1,"type":"started","definition":{"name":"d","version":2},"document":{"x":1},"input":{}})")
            .at(5)
            .text == "definition d version 2");
}

TEST_CASE("a graph's marks are what happened last, and what is under way over it") {
  phase_progress p;
  for (const char* e :
       {R"({"type":"scheduled","run":1,"phase":"a"})", R"({"type":"completed","run":1})",
        R"({"type":"scheduled","run":2,"phase":"b"})", R"({"type":"attempt_failed","run":2})",
        R"({"type":"skipped","run":3,"phase":"c"})", R"({"type":"scheduled","run":4,"phase":"d"})",
        R"({"type":"failed","run":4})", R"({"type":"compensation_scheduled","run":5,"of":1,"phase":"a"})",
        R"({"type":"compensation_completed","run":5})", R"({"type":"signalled","name":"x"})"})
    p.on(shown_document(e).root());
  CHECK(p.marks() == workflow::phase_marks{{"a", "undone"}, {"b", "waiting"}, {"c", "skipped"}, {"d", "failed"}});
  p.on_open_run(shown_document(R"({"run":9,"phase":"d","status":"scheduled"})").root());
  p.on_open_run(shown_document(R"({"run":9,"phase":"a","status":"scheduled","compensates":1})").root());
  CHECK(p.marks().at("d") == "scheduled");
  CHECK(p.marks().at("a") == "undone");
}

TEST_CASE("lineage is a tree with the instance that was asked for marked") {
  const lineage_node root{"order-7",
                          "trip version 1",
                          "completed",
                          "",
                          false,
                          {{"order-7-b",
                            "trip version 1",
                            "running",
                            "branched at version 7",
                            true,
                            {{"gone\x1b", "", "", "child of run 3", false, {}}}}}};
  CHECK(lineage_text(root, false) == "order-7  trip version 1, completed\n"
                                     "  order-7-b  trip version 1, running   branched at version 7   <- here\n"
                                     "    gone\\x1b  not to be found   child of run 3\n");
  CHECK(lineage_json(root) ==
        R"({"id":"order-7","definition":"trip version 1","status":"completed","below":[{"id":"order-7-b",)"
        R"("definition":"trip version 1","status":"running","origin":"branched at version 7","below":[)"
        R"({"id":"gone\u001b","origin":"child of run 3","below":[]}]}]})");
}
