#pragma once
// What threads show: a row for each thread, for lists; its messages; full text. A thread's row holds the fold of
// its events, made by the machine's own apply(), so that the views cannot disagree with the actor.

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/thread/state.hpp"
#include "storage/fork_pins.hpp"
#include "storage/message_table.hpp"
#include "storage/view_projection.hpp"

namespace ropewalk::storage {

class thread_projection final : public view_projection {
public:
  static constexpr std::size_t cached_max = 20'000; // threads; about 1 KiB each

  entity_kind kind() const noexcept override { return entity_kind::thread; }
  status_result open(sqlite::connection& db) override;
  status_result apply(const entry& e, view_entity& who) override;
  status_result remove(const entity_key& key, const view_entity& who) override;
  status_result end_repair() override;
  // Forks of one thread to one child, with their pins, before what made them is applied again.
  status_result remove_forks(const view_entity& forker, const std::string& child);
  status_result flush() override;
  result<std::uint64_t> index(std::uint64_t after, std::uint64_t upto) override { return messages_.index(after, upto); }
  void forget() override;

private:
  struct known_thread {
    thread::thread_state state;
    std::int64_t pk = 0, org = 0;
    std::vector<std::string> shown_tags; // as the table has them
    bool pinned = false;                 // see message_owner
    bool dirty = false;
  };
  struct change; // one event, by type

  result<known_thread*> find(const view_entity& who);
  status_result store(known_thread& t);
  status_result show_tags(known_thread& t, const std::vector<std::string>& tags);
  void mark_pinned(const std::vector<std::int64_t>& threads);
  status_result purge(const std::vector<std::int64_t>& threads);

  message_table messages_;
  fork_pins pins_;
  sqlite::statement find_, put_, add_tag_, drop_tag_, remove_;
  std::unordered_map<std::int64_t, known_thread> threads_;
  std::vector<known_thread*> dirty_;
  bool repairing_ = false;
  std::set<std::int64_t> applied_again_; // whose rows have to be in full text at the end of a repair
};

} // namespace ropewalk::storage
