#pragma once
// Many questions at once, each asked again and again until it is answered: how long something stands still, measured without
// one question waiting for another.
//
//   const auto answers = first_answers(client, questions, {.every = 50ms, .patience = 60s});
//   answers[0]->after;   // since the call
//
// What is not answered stays asked, so that an answer that is only held up counts from when it comes, not from the next question.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "bench/nats_client.hpp"
#include "bench/statistics.hpp"

namespace ropewalk::bench {

struct question {
  std::string subject, body;
  message_headers headers = {};
  int wanted_error = 0; ///< this one of JetStream's is an answer, not a refusal
};

struct first_answer {
  std::string text;
  nanoseconds after;
};

struct asking_plan {
  std::chrono::milliseconds every; ///< as long as `patience`: asked once, and a refusal ends it
  std::chrono::milliseconds patience;
};

/// In the order of the questions; none: nothing but refusals within `patience`. A problem, no responders, and an answer of JetStream
/// that holds an `error` are refusals.
std::vector<std::optional<first_answer>> first_answers(nats_connection& client, const std::vector<question>& questions,
                                                       const asking_plan& plan);

/// The texts, each asked for once. Throws if one is missing.
std::vector<std::string> ask_all(nats_connection& client, const std::vector<question>& questions,
                                 std::chrono::milliseconds patience);

} // namespace ropewalk::bench
