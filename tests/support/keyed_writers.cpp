#include "tests/support/keyed_writers.hpp"

#include <catch2/catch.hpp>

#include <map>

#include "tests/support/eventually.hpp"
#include "transport/subject.hpp"

namespace ropewalk::tests {

using nlohmann::json;

keyed_writers::keyed_writers(system_client& system, int writers, int threads)
    : url_(system.url()), threads_(threads), acks_(static_cast<std::size_t>(writers)) {
  for (int t = 0; t < threads; ++t)
    REQUIRE(eventually([&] {
      return system.thread("t" + std::to_string(t), "create", {{"if_absent", true}, {"limits", {{"max_messages", 0}}}}).code == 200;
    }));
  for (int w = 0; w < writers; ++w) running_.emplace_back([this, w] { write(w); });
}

void keyed_writers::write(int writer) {
  auto client = transport::nats_connection::connect({.url = url_, .client_name = "writer"});
  const std::string subject =
      transport::thread_subject("rw", "acme", "t" + std::to_string(writer % threads_), "append");
  for (int n = 0; !stop_; ++n) {
    const std::string content = "w" + std::to_string(writer) + "-" + std::to_string(n);
    const std::string key = "key-" + content;
    const transport::header_view headers[] = {{"Rw-Idempotency-Key", key}};
    const std::string body = json{{"role", "user"}, {"content", content}}.dump();
    while (!stop_) {
      auto reply = (*client)->request(subject, headers, body, std::chrono::milliseconds(500));
      if (reply) {
        auto good = reply->reply();
        if (good) {
          const json answer = json::parse(*good);
          acks_[static_cast<std::size_t>(writer)].push_back({answer.at("seq").get<std::uint64_t>(), content});
          ++acknowledged_;
          if (answer.value("replayed", false)) ++replayed_;
          break;
        }
        if (!retryable(good.error().code)) {
          ++failed_;
          const std::scoped_lock lock(mutex_);
          refusals_ += content + ": " + good.error().type + ", " + good.error().detail + "\n";
          return;
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

keyed_writers::tally keyed_writers::stop() {
  stop_ = true;
  for (auto& r : running_) r.join();
  running_.clear();
  if (!refusals_.empty()) UNSCOPED_INFO(refusals_);
  return {acknowledged_, replayed_, failed_};
}

void keyed_writers::check(system_client& system) const {
  for (int t = 0; t < threads_; ++t) {
    std::map<std::uint64_t, std::string> stored;
    std::map<std::string, int> times;
    std::uint64_t last = 0;
    while (true) {
      answer page;
      const auto read = [&] {
        page = system.thread("t" + std::to_string(t), "messages", {{"limit", 1000}, {"after_seq", last}});
        return page.code != 503; // its owner changes at this moment
      };
      const bool came = eventually(read, std::chrono::seconds(30));
      INFO(page.code << ' ' << page.body.dump());
      REQUIRE(came);
      REQUIRE(page.code == 200);
      for (const json& m : page.body["messages"]) {
        last = m["seq"];
        stored[last] = m["content"];
        ++times[m["content"].get<std::string>()];
      }
      if (!page.body.contains("next_cursor")) break;
    }
    CHECK(stored.size() == last); // gapless
    for (const auto& [content, n] : times) CHECK(n == 1);
    for (std::size_t w = static_cast<std::size_t>(t); w < acks_.size(); w += static_cast<std::size_t>(threads_)) {
      std::uint64_t before = 0;
      for (const ack& a : acks_[w]) {
        CHECK(stored[a.seq] == a.content);
        CHECK(a.seq > before);
        before = a.seq;
      }
    }
  }
}

} // namespace ropewalk::tests
