#pragma once
// Entities that this node cannot serve, for operators: those that crash too often and rest, and those that cannot be loaded.
// Nothing else shows them: lists and counts come from the views.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "runtime/entity_key.hpp"
#include "runtime/instant.hpp"

namespace ropewalk {
class json_writer;
}

namespace ropewalk::actors {

// Any thread.
class down_entities {
public:
  static constexpr std::size_t kept = 1'000; // beyond it one is not noted: the first ones tell enough
  static constexpr std::size_t rendered = 20;
  enum class how { rests, unreadable };

  void add(const entity_key& who, partition_id p, how is, const std::string& why, instant now);
  void remove(const entity_key& who); // it is loaded
  void forget(partition_id p);        // another member's now, or read anew
  // {"count":N,"entities":[{"kind","org","id","how","reason","since"}]}, at most `rendered` of them.
  void render(json_writer& out) const;

private:
  struct trouble {
    partition_id partition;
    how is;
    std::string why;
    instant since;
  };
  mutable std::mutex mutex_;
  std::map<entity_key, trouble> down_;
};

} // namespace ropewalk::actors
