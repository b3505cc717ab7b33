#pragma once
// One read connection to the views, with the queries that every kind of entity needs. One thread at a time.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/entity_key.hpp"
#include "runtime/instant.hpp"
#include "runtime/result.hpp"
#include "storage/sqlite.hpp"
#include "storage/thread_queries.hpp"

namespace ropewalk::storage {

class schedule_queries; // storage/schedule_queries.hpp; apart, because they need JSON trees
class workflow_queries; // storage/workflow_queries.hpp

// Where an entity stands among those that asked to be woken: by its time, then by its row. As made: before all of them.
struct due_place {
  instant wake_at{INT64_MIN};
  std::int64_t row = 0;
  friend auto operator<=>(const due_place&, const due_place&) = default;
};

class view_reader {
public:
  ~view_reader();
  static result<std::unique_ptr<view_reader>> open(const std::filesystem::path& file);

  thread_queries& threads() noexcept { return *threads_; }
  workflow_queries& workflows() noexcept { return *workflows_; }
  schedule_queries& schedules() noexcept { return *schedules_; }

  // One read transaction: between these all queries see the same state. What still runs after `until`, or once `ended` is
  // true, ends with unavailable "interrupted". For view_readers.
  status_result begin(std::chrono::steady_clock::time_point until, const std::atomic<bool>* ended = nullptr);
  // false: a query was left open, and with it the state that it sees: nothing newer can be read here any more.
  bool end();

  // As of this moment. What was cut off the journal's end behind it is not counted: view_applier::reach_of().
  result<std::uint64_t> applied_position();

  // Journal positions of an entity's entries with versions in (after, after + limit], ascending.
  result<std::vector<std::uint64_t>> positions_after(const entity_key& who, std::uint64_t after_version,
                                                     std::size_t limit = 1'000'000);
  // nullopt: no such entry.
  result<std::optional<std::uint64_t>> position_of(const entity_key& who, std::uint64_t version);
  // Its newest version; 0 = the views know nothing of it.
  result<std::uint64_t> version_of(const entity_key& who);

  struct due_entity {
    entity_key who;
    instant wake_at;
    std::int64_t row = 0;
    due_place place() const { return {wake_at, row}; }
  };
  // Entities that asked to be woken by now, the longest overdue first, of those behind a place.
  result<std::vector<due_entity>> due(instant now, std::size_t limit, due_place after = {});

private:
  view_reader() = default;
  struct found_entity {
    std::int64_t pk = 0; // 0 = unknown
    std::uint64_t version = 0;
  };
  result<found_entity> find(const entity_key& who);
  static status_result read_due(sqlite::statement& rows, std::vector<due_entity>& into);
  sqlite::connection db_;
  std::chrono::steady_clock::time_point until_{};
  const std::atomic<bool>* ended_ = nullptr;
  sqlite::statement begin_, end_, applied_, find_, rows_, row_, due_at_, due_after_;
  std::unique_ptr<thread_queries> threads_;
  std::unique_ptr<workflow_queries> workflows_;
  std::unique_ptr<schedule_queries> schedules_;
};

} // namespace ropewalk::storage
