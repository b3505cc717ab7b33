#include "bench/work_service.hpp"

namespace ropewalk::bench {

namespace {

constexpr const char* done = R"({"result":{"done":true}})";
constexpr const char* group = "workers";

} // namespace

work_service::work_service(const std::string& url)
    : connection_(url, "worker"), timer_([this] { answer_late(); }),
      plain_(
          connection_, "bench.work.plain",
          [this](natsMsg* work) { connection_.publish(natsMsg_GetReply(work), nullptr, done); }, group),
      slow_(
          connection_, "bench.work.slow",
          [this](natsMsg* work) {
            const std::scoped_lock lock{mutex_};
            late_.push_back({clock::now() + slow_phase, natsMsg_GetReply(work)});
            changed_.notify_one();
          },
          group) {}

work_service::~work_service() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  timer_.join();
}

void work_service::answer_late() noexcept {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    if (late_.empty()) {
      changed_.wait(lock);
      continue;
    }
    if (clock::now() < late_.front().at) {
      changed_.wait_until(lock, late_.front().at);
      continue;
    }
    const std::string reply_to = std::move(late_.front().reply_to);
    late_.pop_front();
    lock.unlock();
    connection_.publish(reply_to.c_str(), nullptr, done);
    lock.lock();
  }
}

} // namespace ropewalk::bench
