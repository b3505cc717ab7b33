#include "actors/message_cache.hpp"

#include <algorithm>

namespace ropewalk::actors {
namespace {

auto place(auto& messages, std::uint64_t seq) {
  return std::lower_bound(messages.begin(), messages.end(), seq,
                          [](const cached_message& m, std::uint64_t s) { return m.seq < s; });
}

} // namespace

const message_bytes* message_cache::find(std::uint64_t seq) const noexcept {
  const auto at = place(messages_, seq);
  return at != messages_.end() && at->seq == seq ? &at->json : nullptr;
}

void message_cache::append(std::uint64_t seq, std::string json) {
  bytes_ += json.size();
  messages_.push_back({seq, std::make_shared<const std::string>(std::move(json))});
  next_ = seq + 1;
  shrink();
}

void message_cache::replace(std::uint64_t seq, std::string json) {
  const auto at = place(messages_, seq);
  if (at == messages_.end() || at->seq != seq) return;
  bytes_ += json.size() - at->json->size();
  at->json = std::make_shared<const std::string>(std::move(json));
  shrink();
}

void message_cache::remove(std::uint64_t seq) {
  const auto at = place(messages_, seq);
  if (at == messages_.end() || at->seq != seq) return;
  bytes_ -= at->json->size();
  messages_.erase(at);
}

void message_cache::trim(std::uint64_t first, const std::vector<std::uint64_t>& kept) {
  if (messages_.empty() || messages_.front().seq >= first) return;
  std::erase_if(messages_, [&](const cached_message& m) {
    const bool gone = m.seq < first && !std::binary_search(kept.begin(), kept.end(), m.seq);
    if (gone) bytes_ -= m.json->size();
    return gone;
  });
}

void message_cache::clear(std::uint64_t next_seq) {
  messages_.clear();
  bytes_ = 0;
  from_ = next_ = next_seq;
}

void message_cache::prepend(std::vector<cached_message> older, std::uint64_t from) {
  for (auto m = older.rbegin(); m != older.rend(); ++m) {
    if (m->seq >= from_) continue;
    if (messages_.size() >= max_messages || bytes_ + m->json->size() > max_bytes) return;
    bytes_ += m->json->size();
    from_ = m->seq;
    messages_.insert(messages_.begin(), std::move(*m));
  }
  from_ = std::min(from_, from);
}

void message_cache::shrink() {
  auto kept = messages_.begin();
  for (; kept != messages_.end(); ++kept) {
    const auto left = static_cast<std::size_t>(messages_.end() - kept);
    if (left <= max_messages && bytes_ <= max_bytes) break;
    bytes_ -= kept->json->size();
    from_ = kept->seq + 1;
  }
  messages_.erase(messages_.begin(), kept);
}

} // namespace ropewalk::actors
