#include "bench/thread_workload.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace ropewalk::bench {

namespace {

constexpr std::size_t different_messages = 1024;
constexpr std::uint32_t text_seed = 20240501;
constexpr std::size_t create_in_flight = 64;
constexpr std::size_t fill_in_flight = 16; // of batches: 16 x 85 KB is load enough, and not a queue
constexpr std::chrono::seconds check_time_out{15};

constexpr std::array<std::string_view, 24> words{"agent",  "answer",  "because", "branch", "build",   "change",
                                                 "check",  "context", "deploy",  "error",  "file",    "input",
                                                 "later",  "merge",   "model",   "number", "plan",    "process",
                                                 "prompt", "result",  "review",  "state",  "summary", "token"};

std::string text_of(std::size_t bytes, std::mt19937& random) {
  std::string text;
  while (text.size() < bytes) {
    if (!text.empty()) text += ' ';
    text += words[random() % words.size()];
  }
  text.resize(bytes);
  return text;
}

} // namespace

std::string sample_text(std::size_t bytes, std::uint32_t number) {
  std::mt19937 random{text_seed + number};
  return text_of(bytes, random);
}

std::string thread_group::subject(std::size_t thread, std::string_view verb) const {
  return "rw.v1.bench.thread." + prefix + "-" + std::to_string(thread) + "." + std::string(verb);
}

message_set::message_set(std::size_t content_bytes) {
  std::mt19937 random{text_seed};
  bodies_.reserve(different_messages);
  for (std::size_t i = 0; i < different_messages; ++i)
    bodies_.push_back(R"({"role":"user","content":")" + text_of(content_bytes, random) + R"("})");
}

std::string message_set::batch_body(std::size_t count) const {
  std::string body = R"({"messages":[)";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) body += ',';
    body += append_body(i);
  }
  return body + "]}";
}

void create_threads(nats_connection& client, const thread_group& threads, message_limit limit) {
  const load_plan plan{.in_flight = std::min(create_in_flight, threads.count), .requests = threads.count};
  run_load(client, plan, [&](request& out, std::size_t, std::uint64_t number) {
    out.subject = threads.subject(number, "create");
    out.body = limit == message_limit::none ? R"({"limits":{"max_messages":0}})" : "{}";
  });
}

void fill_threads(nats_connection& client, const thread_group& threads, const message_set& messages,
                  std::size_t messages_each) {
  const auto append_batches = [&](std::size_t batches_each, std::size_t batch) {
    if (batches_each == 0 || batch == 0) return;
    const auto body = messages.batch_body(batch);
    const load_plan plan{.in_flight = fill_in_flight, .requests = batches_each * threads.count};
    run_load(client, plan, [&](request& out, std::size_t, std::uint64_t number) {
      out.subject = threads.subject(number % threads.count, "append_batch");
      out.body = body;
    });
  };
  append_batches(messages_each / max_batch, max_batch);
  append_batches(1, messages_each % max_batch);
}

load_result append_to(nats_connection& client, const load_plan& plan, const thread_group& threads,
                      const message_set& messages) {
  return run_load(client, plan, [&](request& out, std::size_t, std::uint64_t number) {
    out.subject = threads.subject(number % threads.count, "append");
    out.body = messages.append_body(number);
  });
}

std::int64_t append_and_get_seq(nats_connection& client, const std::string& subject, const std::string& body) {
  const auto reply = nlohmann::json::parse(client.ask(subject, body, check_time_out));
  return reply.at("seq").get<std::int64_t>();
}

} // namespace ropewalk::bench
