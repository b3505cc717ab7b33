#include "transport/stream_inquiry.hpp"

#include <algorithm>
#include <atomic>
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
// How soon a new leader is noticed.
constexpr std::chrono::milliseconds fence_pause{100};
constexpr std::chrono::milliseconds fence_wait{500}; // what goes to a server that dies is not answered at all
constexpr std::chrono::milliseconds fence_wait_min{100};

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

// For where a stream ends, over elections. Whoever knows first answers.
struct stream_inquiry::search {
  stream_id which;
  std::chrono::milliseconds wait;
  std::chrono::steady_clock::time_point until;
  std::function<void(stream_facts)> then;
  std::atomic<bool> over{false};
  std::atomic<std::int64_t> may_look_us{0}; // whether it is there at all

  std::chrono::milliseconds left() const {
    return std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  }
  void end(const stream_facts& facts) {
    if (!over.exchange(true)) then(facts);
  }
};

void stream_inquiry::position(stream_id which, std::chrono::milliseconds wait, std::function<void(stream_facts)> then) {
  const auto s = std::make_shared<search>();
  s->which = which;
  s->wait = wait;
  s->until = std::chrono::steady_clock::now() + wait;
  s->then = std::move(then);
  search_on(s);
}

void stream_inquiry::search_on(const std::shared_ptr<search>& s) {
  const header_view headers[] = {{fence_header, impossible_fence}};
  requests_.ask(names_.subject(s->which), headers, {}, std::clamp(s->left(), fence_wait_min, fence_wait),
                [this, s](const jetstream_answer& a) {
                  if (s->over) return;
                  if (a.what == answer_kind::answered) {
                    const auto problem = problem_in(a.body);
                    const auto last = problem ? actual_last(*problem) : std::nullopt;
                    if (last)
                      return position_known(s->which, *last, s->wait, [s](const stream_facts& facts) { s->end(facts); });
                    if (problem) on_problem_(*problem);
                  }
                  const bool silent = a.what == answer_kind::no_responders || a.what == answer_kind::timed_out;
                  if (!silent || s->left().count() <= 0) return s->end({});
                  if (a.what == answer_kind::no_responders) look_for(s);
                  requests_.after(fence_pause, [this, s](const jetstream_answer& woken) {
                    if (woken.what == answer_kind::closed) s->end({});
                    else if (!s->over) search_on(s);
                  });
                });
}

// Nobody takes records: no leader, or no stream.
void stream_inquiry::look_for(const std::shared_ptr<search>& s) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const std::int64_t now_us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  if (now_us < s->may_look_us.load()) return;
  s->may_look_us = now_us + std::chrono::microseconds(look_again).count();
  look(s->which, s->left(), [s](const stream_look& seen) {
    if (seen.what == facts_kind::missing) s->end({facts_kind::missing});
  });
}

void stream_inquiry::position_known(stream_id which, std::uint64_t last, std::chrono::milliseconds wait,
                                    std::function<void(stream_facts)> then) {
  look(which, wait, [this, which, last, wait, then](const stream_look& seen) {
    stream_facts facts{seen.what};
    if (seen.what == facts_kind::present) {
      facts.last = std::max(last, seen.facts.last);
      facts.first = std::min(seen.facts.first, facts.last + 1);
    }
    if (seen.what != facts_kind::present || !seen.facts.has_holes) return then(facts);
    newest_known(which, facts, wait, then);
  });
}

// A record over the limits of the server's account is stored and removed again, and its sequence is gone (2.9.10, error 10002): no
// reader is told of one that is the stream's last. (Asked for the subject's last record, the server says that there is none then.)
void stream_inquiry::newest_known(stream_id which, const stream_facts& so_far, std::chrono::milliseconds wait,
                                  std::function<void(stream_facts)> then) {
  requests_.ask("$JS.API.STREAM.INFO." + names_.stream(which), {}, R"({"deleted_details":true})", wait,
                [facts = so_far, then = std::move(then)](const jetstream_answer& a) mutable {
                  const auto removed =
                      a.what == answer_kind::answered ? removed_at_end(a.body, facts.last) : std::nullopt;
                  if (!removed) return then({});
                  facts.removed = *removed;
                  then(facts);
                });
}

} // namespace ropewalk::transport
