#include "cli/workflow/result_wait.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/json_text_view.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {
namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds one_request{20}; // a node that is gone is noticed after this and the time-out
constexpr std::chrono::milliseconds pause{500}; // before a node that refused is asked again

} // namespace

result<reply_document> wait_for_result(session& s, const std::string& whole_id,
                                       std::optional<std::chrono::milliseconds> most) {
  auto client = s.client();
  if (!client) return client.error();
  const clock::time_point begun = clock::now();
  bool answered = false, away = false;
  for (;;) {
    const auto left = most ? *most - std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - begun)
                           : std::chrono::milliseconds::max();
    const auto wait = std::clamp(std::chrono::ceil<std::chrono::seconds>(left), std::chrono::seconds(0), one_request);
    auto reply =
        (*client)->workflow(whole_id, "result", fmt::format(R"({{"wait_seconds":{}}})", wait.count()), {}, wait);
    if (reply) return reply;
    const error& e = reply.error();
    const bool waits = e.type == "still_running";
    // The first answer tells whether anybody is there at all; a parked instance goes on only when somebody resumes it.
    if (!waits && (!answered || !retryable(e.code) || e.type == "workflow_crashed")) return reply;
    answered = true;
    if (left <= wait) return reply;
    if (!waits && !away) s.note("waiting for the node: " + e.detail);
    away = !waits;
    if (away) std::this_thread::sleep_for(pause);
  }
}

exit_code show_result(session& s, const std::string& id, const reply_document& reply) {
  const std::string status = reply.text("status");
  if (!s.out().for_people()) s.out().record(reply.root(), {});
  else {
    s.out().record(reply.root(), {{"id", {id, colour::bold}},
                                  {"status", {status, colour_of_status(status)}},
                                  {"error", {error_text(reply.root().find("error")), colour::red}},
                                  {"ended", {short_time(reply.text("ended_at"))}},
                                  {"version", {std::to_string(reply.number("version"))}}});
    if (const auto state = reply.root().find("state")) s.out().text("\n" + indented_json(*state) + "\n");
  }
  return status == "completed" ? exit_code::ok : exit_code::failure;
}

} // namespace ropewalk::cli
