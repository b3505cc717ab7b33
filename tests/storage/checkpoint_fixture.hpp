#pragma once
// A journal of workflows whose submissions carry checkpoints.

#include <memory>
#include <string>

#include "storage/checkpoint_store.hpp"
#include "tests/storage/journal_fixture.hpp"
#include "tests/storage/sealing_fixture.hpp"

namespace ropewalk::tests {

inline entity_key workflow_key(const std::string& id, const std::string& org = "acme") {
  return {org, entity_kind::workflow, id};
}
inline const entity_key one_of_them = workflow_key("w1"), other = workflow_key("w2");

// "018c3f1a-0000-7000-8000-<entity's last digit><version as 11 digits>"
inline std::string checkpoint_id(const entity_key& who, std::uint64_t version) {
  const std::string digits = std::to_string(version);
  return "018c3f1a-0000-7000-8000-" + std::string(1, who.id.back()) + std::string(11 - digits.size(), '0') + digits;
}

inline std::string state_at(const entity_key& who, std::uint64_t version) {
  return R"({"of":")" + who.org + "/" + who.id + R"(","version":)" + std::to_string(version) + R"(,"filler":")" +
         std::string(version % 3 * 200, 'x') + "\"}";
}

class checkpointed {
public:
  scratch_directory scratch;
  std::shared_ptr<const storage::keyring> keys = std::make_shared<const storage::keyring>(keyring_of("k1", 1));

  explicit checkpointed(storage::journal_options options = {}) : options_(std::move(options)) { open(); }

  void open() {
    file_ = opened(scratch.journal(), options_);
    writer_ = std::make_unique<storage::journal_writer>(*file_, failures);
  }
  void close() {
    writer_.reset();
    file_.reset();
  }
  storage::journal_writer& writer() { return *writer_; }
  const std::string& cluster() const { return file_->meta().cluster; }

  storage::seal_context context(const entity_key& who, std::uint64_t version) const {
    return {file_->meta().cluster,
            who,
            version,
            checkpoint_id(who, version),
            version > 1 ? checkpoint_id(who, version - 1) : std::string{},
            "design",
            "phase",
            instant{1'700'000'000'000'000 + static_cast<std::int64_t>(version)}};
  }
  storage::pending_seal pending(const entity_key& who, std::uint64_t version) const {
    auto p = storage::pending_seal::begin(*keys, context(who, version), state_at(who, version));
    if (!p) FAIL(p.error().detail);
    return std::move(*p);
  }
  // One event of this version, and the checkpoint after it.
  storage::submission with_checkpoint(const entity_key& who, std::uint64_t version, std::uint16_t partition = 0) {
    auto s = one(*writer_, who, version, partition);
    s.checkpoints = std::make_unique<storage::checkpoint_change>();
    s.checkpoints->put = pending(who, version);
    return s;
  }
  outcome write(storage::submission s) { return submit(*writer_, std::move(s)).get(); }
  // Versions 1 to last, each with a checkpoint.
  void fill(const entity_key& who, std::uint64_t last, std::uint16_t partition = 0) {
    for (std::uint64_t v = 1; v <= last; ++v) REQUIRE_FALSE(write(with_checkpoint(who, v, partition)).failure);
  }
  // Without events: pins and pruning alone.
  storage::submission change_of(const entity_key& who, storage::checkpoint_change change) {
    storage::submission s;
    s.entity = who;
    s.generation = writer_->generation();
    s.checkpoints = std::make_unique<storage::checkpoint_change>(std::move(change));
    return s;
  }
  void prune(const entity_key& who, storage::checkpoint_prune rule) {
    rule.keys = rule.keys ? rule.keys : keys;
    storage::checkpoint_change change;
    change.prune = std::move(rule);
    REQUIRE_FALSE(write(change_of(who, std::move(change))).failure);
  }
  void pin(const entity_key& holder, const std::string& checkpoint, bool held = true) {
    storage::checkpoint_change change;
    change.pins.push_back({checkpoint, held});
    REQUIRE_FALSE(write(change_of(holder, std::move(change))).failure);
  }

  storage::checkpoint_store store() const {
    auto s = storage::checkpoint_store::open(scratch.journal(), options_);
    if (!s) FAIL(s.error().detail);
    return std::move(*s);
  }

  remembered_failures failures;

private:
  storage::journal_options options_;
  std::unique_ptr<storage::journal> file_;
  std::unique_ptr<storage::journal_writer> writer_;
};

} // namespace ropewalk::tests
