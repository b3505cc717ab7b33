#pragma once
// Calls of record_streams as a test makes them: one after the other, each answered once and not inside the call.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/streams/stream_world.hpp"

namespace ropewalk::tests {

// Where an answer comes to; more than one, or one inside the call, shows at take().
template <class T>
class told {
public:
  void operator()(T value) {
    const std::scoped_lock lock(mutex_);
    if (in_call == this) inside_ = true;
    ++times_;
    value_ = std::move(value);
  }
  bool there() const {
    const std::scoped_lock lock(mutex_);
    return times_ > 0;
  }
  T take() const {
    const std::scoped_lock lock(mutex_);
    REQUIRE(times_ == 1);
    REQUIRE(!inside_);
    return *value_;
  }
  // The call is under way on this thread.
  static inline thread_local const void* in_call = nullptr;

private:
  mutable std::mutex mutex_;
  int times_ = 0;
  bool inside_ = false;
  std::optional<T> value_;
};

template <class T, class Call>
std::shared_ptr<told<T>> begin_call(Call call) {
  auto t = std::make_shared<told<T>>();
  told<T>::in_call = t.get();
  call([t](T value) { (*t)(std::move(value)); });
  told<T>::in_call = nullptr;
  return t;
}

template <class T>
T wait_for(stream_world& w, const std::shared_ptr<told<T>>& t) {
  REQUIRE(w.run_until([&] { return t->there(); }));
  return t->take();
}

inline auto begin_publish(replication::record_streams& s, replication::stream_id which, std::uint64_t expected,
                          const std::string& bytes) {
  return begin_call<replication::publish_outcome>(
      [&](auto done) { s.publish(which, expected, bytes, std::move(done)); });
}

inline replication::publish_outcome publish(stream_world& w, replication::record_streams& s,
                                            replication::stream_id which, std::uint64_t expected,
                                            const std::string& bytes) {
  return wait_for(w, begin_publish(s, which, expected, bytes));
}

inline replication::stream_facts inspect(stream_world& w, replication::stream_id which) {
  return wait_for(w, begin_call<replication::stream_facts>([&](auto done) { w.streams().inspect(which, done); }));
}

inline replication::stream_change create(stream_world& w, replication::stream_id which) {
  return wait_for(w, begin_call<replication::stream_change>([&](auto done) { w.streams().create(which, done); }));
}

inline replication::stream_change trim(stream_world& w, replication::stream_id which, std::uint64_t keep_from) {
  return wait_for(w,
                  begin_call<replication::stream_change>([&](auto done) { w.streams().trim(which, keep_from, done); }));
}

inline replication::stream_change remove(stream_world& w, replication::stream_id which) {
  return wait_for(w, begin_call<replication::stream_change>([&](auto done) { w.streams().remove(which, done); }));
}

// nullopt: not known.
inline std::optional<std::vector<replication::stream_id>> list(stream_world& w, replication::record_streams& s) {
  using names = std::optional<std::vector<replication::stream_id>>;
  return wait_for(w, begin_call<names>([&](auto done) {
                    s.list([done](bool known, std::vector<replication::stream_id> found) {
                      done(known ? names(std::move(found)) : std::nullopt);
                    });
                  }));
}

// What a reader tells. Calls that overlap, or anything behind a gap, show at the end.
class recording_sink : public replication::record_sink {
public:
  void on_record(replication::stored_record r) override {
    const scope s(*this);
    const std::scoped_lock lock(mutex_);
    records_.push_back(std::move(r));
    if (reader_to_pause_) reader_to_pause_.load()->pause();
  }
  void on_gap(std::uint64_t first) override {
    const scope s(*this);
    const std::scoped_lock lock(mutex_);
    gaps_.push_back(first);
  }

  std::size_t count() const {
    const std::scoped_lock lock(mutex_);
    return records_.size();
  }
  std::vector<replication::stored_record> records() const {
    const std::scoped_lock lock(mutex_);
    return records_;
  }
  // The gap's first record, if one was told.
  std::optional<std::uint64_t> gap() const {
    const std::scoped_lock lock(mutex_);
    return gaps_.empty() ? std::nullopt : std::optional(gaps_.front());
  }
  bool orderly() const {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 1; i < records_.size(); ++i)
      if (records_[i].sequence != records_[i - 1].sequence + 1) return false;
    return !overlapped_ && gaps_.size() <= 1 && !after_gap_;
  }
  void pause_at_next(replication::record_reader& reader) { reader_to_pause_ = &reader; }
  void pause_no_more() { reader_to_pause_ = nullptr; }

private:
  struct scope {
    explicit scope(recording_sink& of) : of_(of) {
      if (of_.inside_.exchange(true)) of_.overlapped_ = true;
      const std::scoped_lock lock(of_.mutex_);
      if (!of_.gaps_.empty()) of_.after_gap_ = true;
    }
    ~scope() { of_.inside_ = false; }
    recording_sink& of_;
  };

  mutable std::mutex mutex_;
  std::vector<replication::stored_record> records_;
  std::vector<std::uint64_t> gaps_;
  std::atomic<bool> inside_{false}, overlapped_{false}, after_gap_{false};
  std::atomic<replication::record_reader*> reader_to_pause_{nullptr};
};

} // namespace ropewalk::tests
