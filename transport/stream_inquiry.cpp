#include "transport/stream_inquiry.hpp"

#include <algorithm>
#include <string>

namespace ropewalk::transport {
namespace {

using replication::stream_facts;
using replication::stream_id;
using answer_kind = jetstream_answer::kind;
using facts_kind = stream_facts::kind;

// No stream gets there: at a million records a second it takes 146,000 years.
constexpr std::string_view impossible_fence = "4611686018427387904";
// A new leader of the cluster's log commits what it holds with its first round trip.
constexpr std::chrono::milliseconds look_again{1000};
constexpr std::chrono::milliseconds look_wait{5000};

} // namespace

void stream_inquiry::look(stream_id which, std::chrono::milliseconds wait,
                          std::function<void(const stream_look&)> then) {
  requests_.ask("$JS.API.STREAM.INFO." + names_.stream(which), {}, {}, wait,
                [this, which, then = std::move(then)](const jetstream_answer& a) {
                  if (a.what != answer_kind::answered) return then({});
                  if (auto facts = read_stream_answer(a.body); facts && facts->has_leader)
                    return then({facts_kind::present, *std::move(facts)});
                  const auto problem = problem_in(a.body);
                  if (problem && problem->error_code == jetstream_errors::stream_not_found)
                    return confirm_missing(
                        which, [then](bool missing) { then({missing ? facts_kind::missing : facts_kind::unknown}); });
                  if (problem) on_problem_(*problem);
                  then({});
                });
}

void stream_inquiry::confirm(stream_id which, int again, std::function<void(bool)> then) {
  const std::string filter = R"({"subject":")" + names_.subject(which) + R"("})";
  requests_.ask("$JS.API.STREAM.NAMES", {}, filter, look_wait, [this, which, again, then](const jetstream_answer& a) {
    const auto page = a.what == answer_kind::answered ? read_names_page(a.body) : std::nullopt;
    if (!page || page->total != 0) return then(false);
    if (again == 0) return then(true);
    requests_.after(look_again, [this, which, again, then](const jetstream_answer&) {
      requests_.ask("$JS.API.STREAM.INFO." + names_.stream(which), {}, {}, look_wait,
                    [this, which, again, then](const jetstream_answer& second) {
                      const auto problem =
                          second.what == answer_kind::answered ? problem_in(second.body) : std::nullopt;
                      if (!problem || problem->error_code != jetstream_errors::stream_not_found) return then(false);
                      confirm(which, again - 1, then);
                    });
    });
  });
}

void stream_inquiry::position(stream_id which, std::chrono::milliseconds wait, std::function<void(stream_facts)> then) {
  const header_view headers[] = {{fence_header, impossible_fence}};
  requests_.ask(names_.subject(which), headers, {}, wait, [this, which, wait, then](const jetstream_answer& a) {
    if (a.what == answer_kind::answered)
      if (const auto problem = problem_in(a.body)) {
        if (const auto last = actual_last(*problem)) return position_known(which, *last, wait, then);
        on_problem_(*problem);
      }
    if (a.what != answer_kind::no_responders) return then({});
    // Nobody takes records: no leader, or no stream.
    look(which, wait, [then](const stream_look& seen) {
      then({seen.what == facts_kind::missing ? facts_kind::missing : facts_kind::unknown});
    });
  });
}

void stream_inquiry::position_known(stream_id which, std::uint64_t last, std::chrono::milliseconds wait,
                                    std::function<void(stream_facts)> then) {
  look(which, wait, [last, then](const stream_look& seen) {
    stream_facts facts{seen.what};
    if (seen.what == facts_kind::present) {
      facts.last = std::max(last, seen.facts.last);
      facts.first = std::min(seen.facts.first, facts.last + 1);
    }
    then(facts);
  });
}

} // namespace ropewalk::transport
