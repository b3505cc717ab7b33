#include "bench/first_answers.hpp"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string_view>

#include <nlohmann/json.hpp>

namespace ropewalk::bench {

namespace {

using clock = std::chrono::steady_clock;

bool refused(natsMsg* reply, const std::string& text, const question& q) {
  if (!problem_of(reply).empty()) return true;
  const auto said = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!said.is_object()) return true;
  const auto error = said.find("error");
  return error != said.end() && (q.wanted_error == 0 || error->value("err_code", 0) != q.wanted_error);
}

} // namespace

std::vector<std::optional<first_answer>> first_answers(nats_connection& client, const std::vector<question>& questions,
                                                       const asking_plan& plan) {
  const auto from = clock::now();
  const std::string inbox = new_inbox();
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<first_answer>> answers(questions.size());
  std::vector<bool> settled(questions.size());
  std::size_t missing = questions.size();
  const bool once = plan.every >= plan.patience;

  const auto take = [&](natsMsg* reply) {
    const auto after = clock::now() - from;
    const std::string_view subject = natsMsg_GetSubject(reply);
    std::size_t of = questions.size();
    std::from_chars(subject.data() + inbox.size() + 1, subject.data() + subject.size(), of);
    std::string text(natsMsg_GetData(reply), static_cast<std::size_t>(natsMsg_GetDataLength(reply)));
    if (of >= questions.size()) return;
    const bool none = refused(reply, text, questions[of]);
    if (none && !once) return;
    const std::scoped_lock lock{mutex};
    if (settled[of]) return;
    settled[of] = true;
    if (!none) answers[of] = first_answer{std::move(text), after};
    if (--missing == 0) changed.notify_one();
  };
  {
    const nats_subscription replies{client, inbox + ".*", take};
    const auto give_up = from + plan.patience;
    std::unique_lock lock{mutex};
    while (missing > 0 && clock::now() < give_up) {
      const auto next = std::min(clock::now() + plan.every, give_up);
      for (std::size_t of = 0; of < questions.size(); ++of) {
        if (settled[of]) continue;
        const question& q = questions[of];
        client.publish(q.subject.c_str(), (inbox + '.' + std::to_string(of)).c_str(), q.body, q.headers);
      }
      changed.wait_until(lock, next, [&] { return missing == 0; });
    }
  } // nothing writes to them any more
  return answers;
}

std::vector<std::string> ask_all(nats_connection& client, const std::vector<question>& questions,
                                 std::chrono::milliseconds patience) {
  std::vector<std::string> texts;
  auto answers = first_answers(client, questions, {.every = patience, .patience = patience});
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (!answers[i]) throw std::runtime_error("no answer from " + questions[i].subject);
    texts.push_back(std::move(answers[i]->text));
  }
  return texts;
}

} // namespace ropewalk::bench
