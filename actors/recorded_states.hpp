#pragma once
// States that an instance had: its newest checkpoint at or before them that verifies, and the journal's entries after
// it. On a reader's thread.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "actors/checkpoint_refusals.hpp"
#include "actors/reader_files.hpp"
#include "runtime/workflow/queries.hpp"
#include "runtime/workflow/state.hpp"
#include "storage/view_reader.hpp"

namespace ropewalk::storage {
class keyring;
}

namespace ropewalk::actors {

struct recorded_instance {
  workflow::workflow_state state;
  std::string checkpoint; // that it was made from; "" = from its beginning
};

class recorded_states {
public:
  // told: of a member of a cluster, whose disk may lack checkpoints that other members made: how many the journal may speak of.
  struct cluster_view {
    std::string cluster;
    std::size_t told = 0; // 0: a node alone
  };
  // refused: told of each checkpoint that an older one and the journal stand in for.
  recorded_states(storage::view_reader& views, reader_files& files, const storage::keyring& keys,
                  const cluster_view& in, refusal_listener refused)
      : views_(views), files_(files), keys_(keys), in_(in), refused_(std::move(refused)) {}

  // 0 = the views know nothing of it: workflow_not_found.
  result<std::uint64_t> newest_version(const entity_key& who);
  // not_found "version_not_found", field "version"; errors of a checkpoint that was named.
  result<recorded_instance> at(const entity_key& who, const workflow::recorded_state& where);
  result<recorded_instance> at(const entity_key& who, std::uint64_t version);
  // The newest checkpoints that the journal speaks of, in order of version; none at a node alone.
  result<std::deque<storage::seal_context>> told_by_journal(const entity_key& who);
  // Of versions (after, after + limit], in order.
  result<std::vector<entry>> entries(const entity_key& who, std::uint64_t after, std::size_t limit);

private:
  result<recorded_instance> base_of(const entity_key& who, std::uint64_t version);
  result<recorded_instance> at_told(const entity_key& who, const std::string& id, const error& not_here);
  result<recorded_instance> fold(const entity_key& who, recorded_instance base, std::uint64_t version);

  storage::view_reader& views_;
  reader_files& files_;
  const storage::keyring& keys_;
  const cluster_view& in_;
  const refusal_listener refused_;
};

} // namespace ropewalk::actors
