#include "tests/cluster_chaos/thread_load.hpp"

#include <random>
#include <stdexcept>

#include "tests/support/eventually.hpp"
#include "transport/subject.hpp"

namespace ropewalk::chaos {

using namespace std::chrono_literals;
using nlohmann::json;
using tests::answer;

namespace {

constexpr int clients_count = 3;
constexpr auto one_try = 1500ms;

// Nothing was decided, or nobody knows: the same key again.
bool asks_again(const answer& said) { return said.code == 0 || said.code == 503 || said.code == 504; }

void note_receipt(write_record& w, const json& body) {
  const json& receipt = body.at("receipt");
  w.partition = receipt.at("partition");
  w.index = receipt.at("index");
  w.epoch = receipt.at("epoch");
  w.hash = receipt.at("hash");
  w.durability = receipt.at("durability");
  w.replayed = body.value("replayed", false);
}

} // namespace

struct thread_load::writer {
  int number = 0;
  load_client* client = nullptr;
  std::mt19937_64 random;
  int next = 0;
  history done;
  std::thread thread;
};

thread_load::thread_load(const std::string& url, const std::string& name, load_shape shape, std::uint64_t seed)
    : url_(url), name_(name), shape_(std::move(shape)) {
  for (int i = 0; i < clients_count; ++i) clients_.push_back(std::make_unique<load_client>(url));
  for (int t = 0; t < shape_.threads; ++t) {
    const auto ask = [&](const char* verb, const json& body, const std::string& key) {
      answer said;
      const bool made = tests::eventually(
          [&] {
            said = clients_[0]->ask(transport::thread_subject(shape_.prefix, "acme", thread_name(t), verb), body,
                                    {{"Rw-Idempotency-Key", key}, {"Rw-Ack", "peers:1"}}, one_try);
            return said.code == 200;
          },
          60s);
      if (!made) throw std::runtime_error("thread " + thread_name(t) + " is not made: " + said.body.dump());
    };
    ask("create", {{"limits", {{"max_messages", 0}}}}, "create");
    ask("append", tests::user_message("first"), "first");
  }
  for (int w = 0; w < shape_.writers; ++w) {
    writers_.push_back(std::make_unique<writer>());
    writer& made = *writers_.back();
    made.number = w;
    made.client = clients_[static_cast<std::size_t>(w % clients_count)].get();
    made.random.seed(seed * 1000 + static_cast<std::uint64_t>(w));
    ++running_;
    made.thread = std::thread([this, &made] {
      run(made);
      --running_;
    });
  }
}

thread_load::~thread_load() {
  finish();
  wait(0s);
}

bool thread_load::wait(std::chrono::seconds patience) {
  const bool done = tests::eventually([&] { return running_ == 0; }, patience);
  given_up_ = true;
  for (auto& w : writers_)
    if (w->thread.joinable()) w->thread.join();
  return done;
}

history thread_load::take() {
  history all;
  for (auto& w : writers_) {
    for (auto& x : w->done.writes) all.writes.push_back(std::move(x));
    for (auto& x : w->done.reads) all.reads.push_back(std::move(x));
    for (auto& x : w->done.refusals) all.refusals.push_back(std::move(x));
    w->done = {};
  }
  return all;
}

std::vector<std::string> thread_load::threads() const {
  std::vector<std::string> all;
  for (int t = 0; t < shape_.threads; ++t) all.push_back(thread_name(t));
  return all;
}

void thread_load::run(writer& w) {
  const auto pace = std::chrono::microseconds(1'000'000LL * shape_.writers / shape_.per_second);
  auto turn = std::chrono::steady_clock::now() + pace * static_cast<int>(w.random() % 100) / 100;
  while (!finishing_) {
    std::this_thread::sleep_until(turn);
    turn = std::max(turn + pace, std::chrono::steady_clock::now());
    const auto what = w.random() % 100;
    if (what < 22) read(w);
    else if (!write(w, what < 34)) return;
  }
}

bool thread_load::write(writer& w, bool is_edit) {
  write_record r;
  r.thread = thread_name(w.number % shape_.threads);
  r.writer = w.number;
  r.is_edit = is_edit;
  const auto chosen = w.random() % 10;
  r.asked_level = chosen < 5 ? level::peers : chosen < 8 ? level::log : level::local;
  r.content = "w" + std::to_string(w.number) + "-" + std::to_string(w.next++);
  const std::string subject = transport::thread_subject(shape_.prefix, "acme", r.thread, is_edit ? "edit" : "append");
  const json body = is_edit ? json{{"seq", 1}, {"content", r.content}} : tests::user_message(r.content);
  const std::string ack = r.asked_level == level::peers ? "peers:1" : name(r.asked_level);
  for (r.asked_us = clock_us(); !given_up_; ++r.tries) {
    const answer said = w.client->ask(subject, body, {{"Rw-Idempotency-Key", "k-" + r.content}, {"Rw-Ack", ack}}, one_try);
    if (said.code == 200) {
      r.answered_us = clock_us();
      r.number = said.body.at(is_edit ? "revision" : "seq");
      note_receipt(r, said.body);
      w.done.writes.push_back(std::move(r));
      ++acknowledged_;
      return true;
    }
    if (!asks_again(said) && !(said.code == 500 && corruption_expected_)) {
      w.done.refusals.push_back(r.thread + ", " + r.content + ": " + std::to_string(said.code) + " " +
                                said.body.dump());
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + w.random() % 20));
  }
  w.done.refusals.push_back(r.thread + ", " + r.content + ": not acknowledged after all was healed");
  return false;
}

void thread_load::read(writer& w) {
  read_record r;
  r.thread = thread_name(static_cast<int>(w.random() % static_cast<std::uint64_t>(shape_.threads)));
  r.of_first = w.random() % 3 == 0;
  const bool pages = r.of_first || w.random() % 2 == 0; // else the thread alone, which memory answers
  const json body = !pages ? json::object() : r.of_first ? json{{"limit", 1}} : json{{"limit", 4}, {"reverse", true}};
  r.asked_us = clock_us();
  const answer said = w.client->ask(
      transport::thread_subject(shape_.prefix, "acme", r.thread, pages ? "messages" : "get"), body, {}, one_try);
  r.answered_us = clock_us();
  if (said.code != 200) return;
  if (!pages) r.number = said.body.at("thread").at("last_seq");
  else if (r.of_first) r.number = said.body.at("messages").at(0).value("revision", std::uint64_t{1});
  else r.number = said.body.at("last_seq");
  if (r.of_first) r.shown.emplace_back(r.number, said.body.at("messages").at(0).at("content").get<std::string>());
  else if (pages)
    for (const json& m : said.body.at("messages"))
      if (m.at("seq") != 1) r.shown.emplace_back(m.at("seq").get<std::uint64_t>(), m.at("content").get<std::string>());
  w.done.reads.push_back(std::move(r));
}

} // namespace ropewalk::chaos
