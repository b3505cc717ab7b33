#pragma once
// Entities from the node's two files: which rows are an entity's stands in the views, the rows themselves in
// the journal.

#include <filesystem>
#include <string>

#include "actors/entity_storage.hpp"
#include "storage/journal.hpp"

namespace ropewalk::storage {
class keyring_handle;
class view_applier;
class view_readers;
} // namespace ropewalk::storage

namespace ropewalk::actors {

class view_storage final : public entity_storage {
public:
  view_storage(storage::view_applier& applier, storage::view_readers& readers, std::filesystem::path journal_file,
               storage::journal_options options, const storage::keyring_handle& keys)
      : applier_(applier), readers_(readers), journal_file_(std::move(journal_file)), options_(std::move(options)),
        keys_(keys) {}

  std::uint64_t views_position() const override;
  void load(entity_key who, std::uint64_t min_position, std::function<void(result<stored_entity>)> done,
            std::uint64_t checkpoints_below) override;
  void entries(entity_key who, std::uint64_t first, std::uint32_t count, std::uint64_t min_position,
               std::function<void(result<std::vector<entry>>)> done) override;

private:
  storage::view_applier& applier_;
  storage::view_readers& readers_;
  const std::filesystem::path journal_file_;
  const storage::journal_options options_;
  const storage::keyring_handle& keys_;
};

} // namespace ropewalk::actors
