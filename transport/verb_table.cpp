#include "transport/verb_table.hpp"

#include <vector>

#include "runtime/invariant.hpp"
#include "transport/verbs/fields.hpp"

namespace ropewalk::transport {
namespace {

const std::vector<verb_spec>& table() {
  static const std::vector<verb_spec> all = [] {
    std::vector<verb_spec> v;
    for (const auto part :
         {thread_lifecycle_verbs(), thread_message_verbs(), threads_verbs(), workflow_verbs(), workflow_history_verbs(),
          workflow_work_verbs(), workflows_verbs(), schedule_verbs(), node_verbs()})
      v.insert(v.end(), part.begin(), part.end());
    return v;
  }();
  return all;
}

} // namespace

std::span<const verb_spec> verbs() noexcept { return table(); }

const verb_spec* find_verb(noun n, std::string_view verb) noexcept {
  for (const verb_spec& v : table())
    if (v.noun == n && v.verb == verb) return &v;
  return nullptr;
}

std::size_t index_of(const verb_spec& v) noexcept {
  const auto index = static_cast<std::size_t>(&v - table().data());
  INVARIANT(index < table().size(), index);
  return index;
}

std::string full_name(const verb_spec& v) { return std::string(name(v.noun)) + '.' + std::string(v.verb); }

} // namespace ropewalk::transport
