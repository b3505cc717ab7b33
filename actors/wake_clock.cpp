#include "actors/wake_clock.hpp"

#include <utility>

#include "storage/view_readers.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;
constexpr auto look_every = 1000ms;
constexpr std::int64_t again_after_us = 30'000'000;

} // namespace

wake_clock::wake_clock(storage::view_readers& views, request_router& router, surroundings_source& around,
                       std::function<std::uint64_t()> generation)
    : views_(views), router_(router), around_(around), generation_(std::move(generation)),
      seen_generation_(generation_()), thread_([this] { run(); }) {}

wake_clock::~wake_clock() { stop(); }

void wake_clock::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void wake_clock::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!looking_) {
      looking_ = true;
      lock.unlock();
      views_.post(0, [this](result<storage::view_reader*> views) { look(std::move(views)); });
      lock.lock();
    }
    changed_.wait_for(lock, look_every, [this] { return stopping_; });
  }
  changed_.wait(lock, [this] { return !looking_; }); // the job above refers to this
}

// Two looks: at the first one the partitions may not have heard of it yet, and what is woken then is lost as well.
void wake_clock::forget_lost_wakes() {
  if (const std::uint64_t now = generation_(); std::exchange(seen_generation_, now) != now) looks_that_forget_ = 2;
  if (looks_that_forget_ == 0) return;
  --looks_that_forget_;
  woken_.clear();
}

void wake_clock::look(result<storage::view_reader*> views) {
  const std::int64_t now_us = around_.look().now.us;
  forget_lost_wakes();
  if (views) {
    if (auto due = (*views)->due(instant{now_us}, wakes_a_look + woken_.size())) {
      std::erase_if(woken_, [&](const auto& w) { return w.second.when_us + again_after_us < now_us; });
      std::map<entity_key, wake> before = std::exchange(woken_, {}); // who is not due any more is forgotten
      for (auto& d : *due) {
        const auto at = before.find(d.who);
        if (at != before.end() && at->second.asked_for == d.wake_at)
          woken_.insert(before.extract(at)); // under way, or it found nothing to do
      }
      std::size_t sent = 0;
      for (auto& d : *due) {
        if (sent == wakes_a_look || woken_.size() == remembered_max) break;
        if (!woken_.try_emplace(d.who, wake{d.wake_at, now_us}).second) continue;
        ++sent;
        auto r = std::make_shared<request>();
        if (d.who.kind == entity_kind::workflow) r->what = workflow::command{workflow::wake{}};
        else r->what = thread::command{thread::wake{}}; // schedules are woken by the roll call
        r->entity = std::move(d.who);
        router_.route(std::move(r));
      }
    }
  }
  std::lock_guard lock(mutex_);
  looking_ = false;
  changed_.notify_all();
}

} // namespace ropewalk::actors
