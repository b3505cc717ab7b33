#pragma once
// A journal in a directory of its own, writes that are waited for, and a back door to its file.

#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <unistd.h>

#include <catch2/catch.hpp>

#include "storage/journal.hpp"
#include "storage/journal_reader.hpp"
#include "storage/journal_writer.hpp"
#include "tests/storage/tamper.hpp"

namespace ropewalk::tests {

class scratch_directory {
public:
  scratch_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "ropewalk-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path journal() const { return path_ / "journal.db"; }

private:
  std::filesystem::path path_;
};

struct outcome {
  std::vector<entry> entries;
  receipt proof;
  std::optional<error> failure;
};

class told_once : public storage::commit_listener {
public:
  explicit told_once(std::promise<outcome> to) : to_(std::move(to)) {}
  void on_durable(std::span<const entry> entries, const receipt& r) override {
    to_.set_value({{entries.begin(), entries.end()}, r, {}}); // throws when told twice
  }
  void on_failed(const error& why) override { to_.set_value({{}, {}, why}); }

private:
  std::promise<outcome> to_;
};

class remembered_failures : public storage::journal_writer::failure_listener {
public:
  void on_journal_failure(const storage::journal_writer::failure& f) override {
    const std::scoped_lock lock{mutex_};
    seen_.push_back(f);
  }
  std::vector<storage::journal_writer::failure> seen() const {
    const std::scoped_lock lock{mutex_};
    return seen_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<storage::journal_writer::failure> seen_;
};

inline entity_key thread_key(const std::string& id) { return {"acme", entity_kind::thread, id}; }

inline entry_draft draft(std::uint64_t version, std::string body = R"({"text":"hello"})") {
  return {
      "appended", std::move(body), version, instant{1'700'000'000'000'000 + static_cast<std::int64_t>(version)}, {}};
}

inline storage::submission one(const storage::journal_writer& w, const entity_key& who, std::uint64_t version,
                               std::uint16_t partition = 0) {
  storage::submission s;
  s.entity = who;
  s.partition = partition_id{partition};
  s.generation = w.generation();
  s.events.push_back(draft(version));
  return s;
}

inline std::future<outcome> submit(storage::journal_writer& w, storage::submission s) {
  std::promise<outcome> told;
  auto later = told.get_future();
  s.listener = std::make_unique<told_once>(std::move(told));
  w.submit(std::move(s));
  return later;
}

inline std::unique_ptr<storage::journal> opened(const std::filesystem::path& file,
                                                const storage::journal_options& options = {}) {
  auto j = storage::journal::open(file, options);
  if (!j) FAIL(j.error().detail);
  return std::move(*j);
}

inline storage::chain_report verified(const std::filesystem::path& file) {
  auto reader = storage::journal_reader::open(file);
  if (!reader) FAIL(reader.error().detail);
  auto report = reader->verify_chain();
  if (!report) FAIL(report.error().detail);
  return std::move(*report);
}

// n threads take turns, one event each submission; all durable on return.
inline void fill(const std::filesystem::path& file, int entries, int threads = 8) {
  auto j = opened(file);
  remembered_failures failures;
  storage::journal_writer w{*j, failures};
  std::future<outcome> last;
  for (int i = 0; i < entries; ++i) {
    const int thread = i % threads;
    last = submit(w, one(w, thread_key("t" + std::to_string(thread)), static_cast<std::uint64_t>(i / threads + 1),
                         static_cast<std::uint16_t>(thread % 16)));
  }
  if (last.valid()) REQUIRE_FALSE(last.get().failure);
}

} // namespace ropewalk::tests
