#pragma once
// Reads checkpoints beside the writer, on an own read-only connection. Nothing is handed out that does not verify
// (I8); what is refused is told (I9).
//
//   auto store = checkpoint_store::open(file);
//   auto newest = store->newest_good(*keys, who, version, [&](const checkpoint_info& c, const error& why) { report(c, why); });
//   if (*newest) fold((*newest)->state, /* and the events after */ (*newest)->about.version);
//
// One thread at a time. Checkpoints are written and pruned by submissions, see checkpoint_rows.hpp.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"
#include "storage/checkpoint_rows.hpp"
#include "storage/journal.hpp"

namespace ropewalk::storage {

struct checkpoint {
  checkpoint_info info;
  std::string key;  // that sealed it
  chain_link after; // the entry it follows
  std::string state;
};

struct checkpoint_page {
  std::vector<checkpoint_info> checkpoints; // newest first
  std::optional<std::uint64_t> before;      // what to ask for next; nullopt = that was all
};

class checkpoint_store {
public:
  static constexpr std::size_t page_max = 1000;
  // Must not use the store.
  using refused_listener = std::function<void(const checkpoint_info&, const error&)>;

  static result<checkpoint_store> open(const std::filesystem::path& file, const journal_options& options = {});
  checkpoint_store(checkpoint_store&&) noexcept;
  checkpoint_store& operator=(checkpoint_store&&) noexcept;
  ~checkpoint_store();

  // The newest that verifies among those of this version and before it; each newer one that does not is told.
  result<std::optional<checkpoint>> newest_good(const keyring& keys, const entity_key& entity,
                                                std::uint64_t at_or_below, const refused_listener& refused = {});
  // What the rows say, unverified. before: versions below it alone; 0 = from the newest on.
  result<checkpoint_page> list(const entity_key& entity, std::uint64_t before, std::size_t limit);
  result<std::uint64_t> count(const entity_key& entity);

  // By its id or the beginning of one, among those of the org, or of one entity of it. not_found "no_checkpoint";
  // several begin so: conflict "ambiguous_id".
  result<checkpoint_info> find(const std::string& org, std::string_view id);
  result<checkpoint_info> find(const entity_key& entity, std::string_view id);
  // The verified content of one that was listed or found. not_found if it has gone meanwhile.
  result<checkpoint> load(const keyring& keys, const checkpoint_info& which);
  // Its blob as it stands there, to be exported.
  result<std::string> sealed(const checkpoint_info& which);

private:
  struct impl;
  explicit checkpoint_store(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace ropewalk::storage
