#pragma once
// What an instance was: answered from the journal and its checkpoints, on a reader's thread. The instance itself is
// asked first, so that all it shows is durable and an unknown one is refused.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "actors/recorded_states.hpp"
#include "actors/request.hpp"
#include "storage/journal.hpp"

namespace ropewalk::storage {
class journal_writer;
class keyring_handle;
class view_reader;
class view_readers;
} // namespace ropewalk::storage

namespace ropewalk::actors {

class request_router;

class workflow_history {
public:
  workflow_history(storage::view_readers& views, const storage::journal_writer& writer,
                   std::filesystem::path journal_file, storage::journal_options options,
                   const storage::keyring_handle& keys, request_router& router, recorded_states::cluster_view in,
                   refusal_listener refused)
      : views_(views), writer_(writer), journal_file_(std::move(journal_file)), options_(std::move(options)),
        keys_(keys), router_(router), in_(std::move(in)), refused_(std::move(refused)) {}

  // What a branch, and a replay for real, takes along to the new instance.
  struct clients_wishes {
    std::optional<idempotency_token> key;
    std::optional<ack_level> ack;
  };

  // min_position: what the views have to have seen; of two instances whatever is durable by now, as only `who` was asked
  // before.
  void answer(const entity_key& who, std::uint64_t min_position, workflow::instance_query what, clients_wishes wishes,
              std::shared_ptr<caller> from);
  void across(std::string org, workflow::across what, std::uint64_t min_position, std::shared_ptr<caller> from);

private:
  struct asked {
    entity_key who;
    workflow::instance_query what;
    clients_wishes wishes;
    std::shared_ptr<caller> from;
  };
  void answer(storage::view_reader& views, const asked& a);

  storage::view_readers& views_;
  const storage::journal_writer& writer_;
  const std::filesystem::path journal_file_;
  const storage::journal_options options_;
  const storage::keyring_handle& keys_;
  request_router& router_;
  const recorded_states::cluster_view in_;
  const refusal_listener refused_;
};

} // namespace ropewalk::actors
