#include "actors/roll_call.hpp"

#include <utility>

#include "actors/log.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {

namespace {

constexpr auto round_patience = std::chrono::minutes(10); // after a start the views may have to read a long tail first

} // namespace

roll_call::roll_call(storage::view_readers& views, std::function<std::uint64_t()> position, page next, settings s)
    : views_(views), position_(std::move(position)), next_(std::move(next)), settings_(std::move(s)) {}

void roll_call::call() { due_at(clock::now()); }

void roll_call::call_after_failure() { due_at(clock::now() + settings_.after_failure); }

void roll_call::due_at(clock::time_point when) {
  const std::scoped_lock lock(mutex_);
  if (!due_ || when < *due_) due_ = when;
}

void roll_call::look(clock::time_point now) {
  {
    const std::scoped_lock lock(mutex_);
    const bool again = settings_.every && now - last_ >= *settings_.every;
    if (under_way_ || (!again && (!due_ || now < *due_))) return;
    under_way_ = true;
    due_.reset();
    last_ = now;
  }
  go_on(position_(), 0, 0);
}

void roll_call::go_on(std::uint64_t position, std::int64_t after_row, std::size_t before) {
  views_.post(position, clock::now() + round_patience,
              [this, position, after_row, before](result<storage::view_reader*> reader) {
                if (!reader) return end(&reader.error(), before);
                const auto called = next_(**reader, after_row);
                if (!called) return end(&called.error(), before);
                const std::size_t count = before + called->count;
                if (!called->more) return end(nullptr, count);
                if (called_again()) go_on(position_(), 0, count); // who is called by that may stand before this page
                else go_on(position, called->last_row, count);
              });
}

bool roll_call::called_again() {
  const std::scoped_lock lock(mutex_);
  if (!due_ || clock::now() < *due_) return false;
  due_.reset();
  return true;
}

void roll_call::end(const error* why, std::size_t count) {
  {
    const std::scoped_lock lock(mutex_);
    under_way_ = false;
    if (why) {
      const auto again = clock::now() + settings_.after_failure;
      if (!due_ || again < *due_) due_ = again;
    }
    if (std::exchange(failing_, why != nullptr)) why = nullptr; // it is in the log
  }
  if (why && why->type != "stopping")
    log_line(log_level::warn, "what has to go on cannot be looked for; tried again",
             {{"reason", why->detail}, {"type", why->type}});
  if (count > 0 && !settings_.done.empty())
    log_line(log_level::info, settings_.done, {{"count", std::to_string(count)}});
}

} // namespace ropewalk::actors
