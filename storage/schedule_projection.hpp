#pragma once
// What schedules show: a row for each that there is, with its state. When it fires next is not in it: that follows
// from its time zone's rules, which whoever asks has to know.

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "runtime/schedule/state.hpp"
#include "storage/view_projection.hpp"

namespace ropewalk::storage {

class schedule_projection final : public view_projection {
public:
  static constexpr std::size_t cached_max = 2'000; // schedules; some KiB each, more where many starts wait

  entity_kind kind() const noexcept override { return entity_kind::schedule; }
  status_result open(sqlite::connection& db) override;
  status_result apply(const entry& e, view_entity& who) override;
  status_result remove(const entity_key& key, const view_entity& who) override;
  status_result flush() override;
  void forget() override;

private:
  struct known_schedule {
    schedule::schedule_state state; // its keys are left empty
    std::int64_t pk = 0, org = 0;
    std::string name;
    bool dirty = false;
  };
  result<known_schedule*> find(const entry& e, const view_entity& who);
  status_result store(const known_schedule& s);

  sqlite::statement find_, put_, remove_;
  std::unordered_map<std::int64_t, known_schedule> schedules_;
  std::vector<known_schedule*> dirty_;
};

} // namespace ropewalk::storage
