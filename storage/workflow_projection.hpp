#pragma once
// What workflow instances show: a row for each, for lists, with its summary (workflow_summary.hpp), and its
// attributes as an index.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/view_projection.hpp"
#include "storage/workflow_summary.hpp"

namespace ropewalk::storage {

// An attribute's value as the index holds it: "s" and the text, "b1", "b0", or "n" and the number, which is
// written the same whether it came as 2 or 2.0. "" for anything else.
std::string attribute_text(const workflow::json_value& value);

class workflow_projection final : public view_projection {
public:
  static constexpr std::size_t cached_max = 20'000; // instances; a few KiB each while they run

  entity_kind kind() const noexcept override { return entity_kind::workflow; }
  status_result open(sqlite::connection& db) override;
  status_result apply(const entry& e, view_entity& who) override;
  status_result remove(const entity_key& key, const view_entity& who) override;
  status_result flush() override;
  void forget() override;

private:
  struct known_workflow {
    workflow_summary summary;
    std::int64_t pk = 0, org = 0;
    bool shown = false; // its row and attributes are there
    bool dirty = false;
  };
  result<known_workflow*> find(const view_entity& who);
  status_result store(known_workflow& w);

  sqlite::statement find_, put_, add_attribute_, drop_attribute_, remove_;
  std::unordered_map<std::int64_t, known_workflow> workflows_;
  std::vector<known_workflow*> dirty_;
};

} // namespace ropewalk::storage
