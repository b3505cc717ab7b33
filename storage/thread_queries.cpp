#include "storage/thread_queries.hpp"

#include <algorithm>

#include "storage/message_reads.hpp"
#include "storage/thread_lists.hpp"
#include "storage/thread_search.hpp"

namespace ropewalk::storage {

struct thread_queries::impl {
  impl(sqlite::connection& db, std::unique_ptr<message_reads> m)
      : messages(std::move(m)), lists(db), search(db, *messages) {}
  std::unique_ptr<message_reads> messages;
  thread_lists lists;
  thread_search search;

  result<viewed_thread> present(std::string_view org, std::string_view thread) {
    auto found = messages->find(org, thread);
    if (!found) return found.error();
    if (!*found)
      return error{errc::not_found, "thread_not_found", "there is no thread \"" + std::string(thread) + "\"", "thread"};
    return **std::move(found);
  }
};

thread_queries::thread_queries() = default;
thread_queries::~thread_queries() = default;

result<std::unique_ptr<thread_queries>> thread_queries::prepare(sqlite::connection& db) {
  std::unique_ptr<thread_queries> made(new thread_queries);
  auto messages = message_reads::prepare(db);
  if (!messages) return messages.error();
  made->impl_ = std::make_unique<impl>(db, *std::move(messages));
  return made;
}

result<std::optional<thread::thread_state>> thread_queries::state(std::string_view org, std::string_view thread) {
  auto t = impl_->messages->find(org, thread);
  if (!t) return t.error();
  return *t ? std::optional(std::move((*t)->state)) : std::nullopt;
}

result<message_page> thread_queries::page(std::string_view org, std::string_view thread, const page_query& what) {
  auto t = impl_->present(org, thread);
  if (!t) return t.error();
  return impl_->messages->page(*t, what);
}

result<std::vector<stored_message>> thread_queries::messages_at(std::string_view org, std::string_view thread,
                                                                std::span<const std::uint64_t> seqs) {
  auto t = impl_->present(org, thread);
  if (!t) return t.error();
  std::vector<std::uint64_t> live;
  for (const std::uint64_t seq : seqs)
    if (t->state.messages.is_live(seq)) live.push_back(seq);
  std::sort(live.begin(), live.end());
  live.erase(std::unique(live.begin(), live.end()), live.end());
  return impl_->messages->read(*t, live, false, SIZE_MAX);
}

result<std::optional<stored_message>> thread_queries::message(std::string_view org, std::string_view thread,
                                                              std::uint64_t seq) {
  auto t = impl_->messages->find(org, thread);
  if (!t) return t.error();
  if (!*t || !(*t)->state.messages.is_live(seq)) return std::optional<stored_message>{};
  auto found = impl_->messages->read(**t, {seq}, false, 0);
  if (!found) return found.error();
  return std::optional(std::move(found->front()));
}

result<std::optional<stored_message>> thread_queries::message(std::string_view org, std::string_view thread,
                                                              std::string_view id) {
  auto t = impl_->messages->find(org, thread);
  if (!t) return t.error();
  if (!*t) return std::optional<stored_message>{};
  return impl_->messages->by_id(**t, id);
}

result<std::vector<std::string>> thread_queries::existing_ids(std::string_view org, std::string_view thread,
                                                              std::span<const std::string> ids) {
  std::vector<std::string> existing;
  auto t = impl_->messages->find(org, thread);
  if (!t) return t.error();
  if (!*t) return existing;
  for (const std::string& id : ids) {
    auto found = impl_->messages->by_id(**t, id);
    if (!found) return found.error();
    if (*found) existing.push_back(id);
  }
  return existing;
}

result<thread_page> thread_queries::list(std::string_view org, const thread::list& what) {
  return impl_->lists.list(org, what);
}
result<thread_count> thread_queries::count(std::string_view org, const thread::filter& where) {
  return impl_->lists.count(org, where);
}
result<std::uint64_t> thread_queries::threads_of_user(std::string_view org, std::string_view user) {
  return impl_->lists.of_user(org, user);
}
result<search_page> thread_queries::search(std::string_view org, const thread::search& what) {
  return impl_->search.search(org, what);
}

} // namespace ropewalk::storage
