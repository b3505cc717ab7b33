#include "actors/wake_clock.hpp"

#include <algorithm>
#include <utility>

#include "actors/cluster/ownership.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;
constexpr auto look_every = 1000ms;
constexpr std::int64_t again_after_us = 30'000'000;

} // namespace

wake_clock::wake_clock(storage::view_readers& views, request_router& router, surroundings_source& around,
                       std::function<std::uint64_t()> generation, const ownership* owners)
    : views_(views), router_(router), around_(around), generation_(std::move(generation)), owners_(owners),
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
  behind_ = {};
}

void wake_clock::look(result<storage::view_reader*> views) {
  forget_lost_wakes();
  if (views) wake_due(**views, around_.look().now);
  std::lock_guard lock(mutex_);
  looking_ = false;
  changed_.notify_all();
}

bool wake_clock::is_here(const entity_key& who) const {
  return !owners_ || owners_->of(partition_of(who, owners_->partitions())).here;
}

void wake_clock::wake_due(storage::view_reader& views, instant now) {
  std::erase_if(woken_, [&](const auto& w) { return w.second.when_us + again_after_us < now.us; });
  ++looks_;
  const place began = behind_;
  std::vector<due_entity> wanted;
  bool at_end = false;
  for (std::size_t rows = 0; !at_end && rows < rows_a_look && wanted.size() < wakes_a_look;) {
    const std::size_t limit = std::min(wakes_a_look + woken_.size(), rows_a_look - rows);
    auto page = views.due(now, limit, behind_);
    if (!page) break; // the pages before it count
    at_end = page->size() < limit;
    rows += page->size();
    for (due_entity& d : *page) {
      if (wanted.size() == wakes_a_look) {
        at_end = false;
        break;
      }
      behind_ = d.place();
      if (!is_here(d.who)) continue;
      const auto known = woken_.find(d.who);
      if (known != woken_.end() && known->second.at == d.place()) known->second.seen = looks_; // under way, or in vain
      else wanted.push_back(std::move(d));
    }
  }
  // Who is not due any more is forgotten, and leaves its room to others.
  std::erase_if(woken_, [&](const auto& w) {
    const place& at = w.second.at;
    return w.second.seen != looks_ && at > began && (at_end || at <= behind_);
  });
  bool room = true;
  for (due_entity& d : wanted) room = room && wake(std::move(d), now);
  // At the beginning are the longest overdue, and those whose room may be free by then. Where it took more than a look
  // to get here the next one goes on, so that what lies on the way keeps nobody behind it waiting for ever.
  const bool near_beginning = began == place{} && wanted.size() == wakes_a_look;
  if (at_end || near_beginning || !room) behind_ = {};
}

bool wake_clock::wake(due_entity d, instant now) {
  if (woken_.size() >= remembered_max && !woken_.contains(d.who)) return false; // else it is due at another time
  woken_[d.who] = {d.place(), now.us, looks_};
  auto r = std::make_shared<request>();
  if (d.who.kind == entity_kind::workflow) r->what = workflow::command{workflow::wake{}};
  else r->what = thread::command{thread::wake{}}; // schedules are woken by the roll call
  r->entity = std::move(d.who);
  router_.route(std::move(r));
  return true;
}

} // namespace ropewalk::actors
