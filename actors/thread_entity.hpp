#pragma once
// One thread, active in memory: the shell with the thread machine, a cache of the newest messages, and what
// only threads have: reads, and forks whose reply waits for the child.

#include <map>
#include <string>

#include "actors/entity_shell.hpp"
#include "actors/message_cache.hpp"
#include "actors/thread_quota.hpp"
#include "actors/thread_reads.hpp"
#include "actors/thread_rules.hpp"

namespace ropewalk::actors {

class thread_entity final : public entity_shell<thread_rules> {
public:
  using entity_shell::entity_shell;

private:
  void read(request_ptr r) override;
  void find_facts(request_ptr r, thread::wanted_facts wanted) override;
  void applied(const thread::event& e) override;
  void began(const stored_entity&) override { cache_.clear(state_.messages.next_seq()); }
  bool must_stay() const override { return !forks_.empty(); }
  std::uint64_t held_bytes() const override { return entity_shell::held_bytes() + cache_.bytes(); }
  void prepare(thread::decision& d, pending_write& write) override;
  bool tells_others(const thread::decision& d) const override { return !d.effects.empty(); }
  bool park_repeat(const thread::command& c, caller& from, std::string& text) override;
  void decided(const thread::command& c, instant now) override;

  request_ptr effect_request(const thread::effect& e) const;
  read_context context() const;
  // The page from the cache, if it holds all of it; "" otherwise.
  std::string cached_page(const thread::read_messages& what) const;
  // The window from the cache, if nothing older could belong to it; "" otherwise.
  std::string cached_window(const thread::read_window& what) const;
  void look_for_message(request_ptr r, thread::message_ref which);
  void fill_cache(std::vector<cached_message> newest, std::uint64_t version);

  struct parked_fork {
    std::optional<caller> from;
    std::string reply; // without a receipt until it is durable
    bool has_receipt = false;
  };

  message_cache cache_;
  std::multimap<std::string, parked_fork> forks_; // by child; bounded by limits::pending_forks and parked_a_fork
};

} // namespace ropewalk::actors
