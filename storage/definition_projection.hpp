#pragma once
// What definitions show: a row for each version.

#include "storage/view_projection.hpp"

namespace ropewalk::storage {

class definition_projection final : public view_projection {
public:
  entity_kind kind() const noexcept override { return entity_kind::definition; }
  status_result open(sqlite::connection& db) override;
  status_result apply(const entry& e, view_entity& who) override;
  status_result remove(const entity_key& key, const view_entity& who) override;
  status_result flush() override { return ok(); }
  void forget() override {}

private:
  sqlite::statement newest_, add_, remove_;
};

} // namespace ropewalk::storage
