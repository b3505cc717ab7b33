#include "storage/message_reads.hpp"

#include <algorithm>

#include "runtime/thread/replies.hpp"
#include "runtime/uuid.hpp"
#include "storage/live_seqs.hpp"

namespace ropewalk::storage {
namespace {

error no_row(const viewed_thread& t, std::uint64_t seq) {
  return {errc::corrupt,
          "views_damaged",
          "the views lack message " + std::to_string(seq) + " of thread row " + std::to_string(t.pk) + "; rebuild them",
          {}};
}

std::string_view blob_text(std::span<const std::uint8_t> blob) {
  return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

} // namespace

error parent_behind(const std::string& parent) {
  return {errc::unavailable,
          "views_behind",
          "the views have not seen all of thread \"" + parent + "\" that this fork inherits; try again",
          {}};
}

result<std::unique_ptr<message_reads>> message_reads::prepare(sqlite::connection& db) {
  auto made = std::make_unique<message_reads>();
  if (auto ready = db.prepare_all({
          {made->find_,
           {"view_thread", "SELECT t.pk, t.org, t.state FROM orgs o JOIN entities e ON e.org = o.pk JOIN threads t"
                           " ON t.pk = e.pk WHERE o.name = ?1 AND e.kind = 1 AND e.id = ?2 AND t.status > 0"}},
          {made->ancestor_,
           {"view_ancestor", "SELECT pk, version FROM entities WHERE org = ?1 AND kind = 1 AND id = ?2"}},
          {made->own_up_,
           {"own_messages", "SELECT seq, body FROM messages WHERE thread = ?1 AND seq BETWEEN ?2 AND ?3"
                            " AND superseded IS NULL ORDER BY seq"}},
          {made->own_down_,
           {"own_messages_down", "SELECT seq, body FROM messages WHERE thread = ?1 AND seq BETWEEN ?2 AND ?3"
                                 " AND superseded IS NULL ORDER BY seq DESC"}},
          {made->own_places_,
           {"own_places", "SELECT seq, position FROM messages WHERE thread = ?1 AND seq BETWEEN ?2 AND ?3"
                          " AND superseded IS NULL ORDER BY seq"}},
          {made->places_as_of_,
           {"places_as_of", "SELECT seq, position FROM messages WHERE thread = ?1 AND seq BETWEEN ?2 AND ?3"
                            " AND version <= ?4 AND (superseded IS NULL OR superseded > ?4) ORDER BY seq"}},
          {made->body_, {"message_body", "SELECT body FROM messages WHERE position = ?1"}},
          {made->by_own_id_, {"messages_by_own_id", "SELECT seq FROM messages WHERE thread = ?1 AND own_id = ?2"}},
      });
      !ready)
    return ready.error();
  return made;
}

result<std::optional<viewed_thread>> message_reads::find(std::string_view org, std::string_view thread) {
  find_.bind(1, org);
  find_.bind(2, thread);
  auto row = find_.step();
  if (!row) return row.error();
  if (!*row) return std::optional<viewed_thread>{};
  viewed_thread t;
  t.pk = find_.integer(0);
  t.org = find_.integer(1);
  auto state = thread::decode_state(find_.text(2));
  find_.reset();
  if (!state) return state.error();
  t.state = *std::move(state);
  return std::optional(std::move(t));
}

result<std::int64_t> message_reads::ancestor_pk(std::int64_t org, const thread::ancestor& a) {
  ancestor_.bind(1, org);
  ancestor_.bind(2, a.thread);
  auto row = ancestor_.step();
  if (!row) return row.error();
  const std::int64_t pk = *row ? ancestor_.integer(0) : 0;
  const bool behind = !*row || ancestor_.natural(1) < a.version;
  ancestor_.reset();
  if (behind) return parent_behind(a.thread);
  return pk;
}

result<message_page> message_reads::page(const viewed_thread& t, const page_query& what) {
  const live_page live = live_seqs(t.state.messages, what);
  auto messages = read(t, live.seqs, what.reverse, what.max_bytes);
  if (!messages) return messages.error();
  const bool cut = messages->size() < live.seqs.size();
  return message_page{*std::move(messages), live.more || cut, t.state.messages.oldest(), t.state.messages.last_seq()};
}

result<std::vector<stored_message>> message_reads::read(const viewed_thread& t, const std::vector<std::uint64_t>& seqs,
                                                        bool newest_first, std::size_t max_bytes) {
  std::vector<stored_message> messages;
  if (seqs.empty()) return messages;
  messages.reserve(seqs.size());
  std::size_t bytes = 0;
  const auto take = [&](std::uint64_t seq, std::string_view body) {
    if (!messages.empty() && bytes + body.size() > max_bytes) return false;
    bytes += body.size();
    messages.push_back({seq, std::string(body)});
    return true;
  };
  const auto nth = [&](std::size_t i) { return newest_first ? seqs[seqs.size() - 1 - i] : seqs[i]; };

  if (t.state.lineage.empty()) { // all rows are its own, and one walk finds them in order
    sqlite::statement& rows = newest_first ? own_down_ : own_up_;
    rows.bind(1, t.pk);
    rows.bind(2, seqs.front());
    rows.bind(3, seqs.back());
    for (std::size_t i = 0; i < seqs.size();) {
      auto row = rows.step();
      if (!row) return row.error();
      if (!*row) return no_row(t, nth(i));
      const std::uint64_t seq = rows.natural(0);
      if (newest_first ? seq > nth(i) : seq < nth(i)) continue; // not asked for
      if (seq != nth(i)) {
        rows.reset();
        return no_row(t, nth(i));
      }
      if (!take(seq, blob_text(rows.blob(1)))) break;
      ++i;
    }
    rows.reset();
    return messages;
  }

  auto found = positions(t, seqs);
  if (!found) return found.error();
  for (std::size_t i = 0; i < seqs.size(); ++i) {
    const std::uint64_t position = (*found)[newest_first ? seqs.size() - 1 - i : i];
    body_.bind(1, position);
    auto row = body_.step();
    if (!row) return row.error();
    if (!*row) return no_row(t, nth(i));
    const bool taken = take(nth(i), blob_text(body_.blob(0)));
    body_.reset();
    if (!taken) break;
  }
  return messages;
}

// Of the rows, in the order of seqs: the thread itself first, then its ancestors, the nearest first; each only
// up to the seq and as of the version at which it was forked.
result<std::vector<std::uint64_t>> message_reads::positions(const viewed_thread& t,
                                                            const std::vector<std::uint64_t>& seqs) {
  std::vector<std::uint64_t> found(seqs.size(), 0);
  std::size_t missing = seqs.size();
  const auto fill = [&](sqlite::statement& rows) -> status_result {
    while (true) {
      auto row = rows.step();
      if (!row) return row.error();
      if (!*row) return ok();
      const auto at = std::lower_bound(seqs.begin(), seqs.end(), rows.natural(0));
      if (at == seqs.end() || *at != rows.natural(0)) continue;
      auto& place = found[static_cast<std::size_t>(at - seqs.begin())];
      if (place == 0) {
        place = rows.natural(1);
        --missing;
      }
    }
  };
  own_places_.bind(1, t.pk);
  own_places_.bind(2, seqs.front());
  own_places_.bind(3, seqs.back());
  if (auto filled = fill(own_places_); !filled) return filled.error();
  for (auto a = t.state.lineage.rbegin(); a != t.state.lineage.rend() && missing > 0; ++a) {
    if (a->seq < seqs.front()) break; // older ancestors end even earlier
    auto pk = ancestor_pk(t.org, *a);
    if (!pk) return pk.error();
    places_as_of_.bind(1, *pk);
    places_as_of_.bind(2, seqs.front());
    places_as_of_.bind(3, std::min(seqs.back(), a->seq));
    places_as_of_.bind(4, a->version);
    if (auto filled = fill(places_as_of_); !filled) return filled.error();
  }
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i] == 0) return no_row(t, seqs[i]);
  return found;
}

result<std::uint64_t> message_reads::position(const viewed_thread& t, std::uint64_t seq) {
  auto found = positions(t, {seq});
  if (!found) return found.error();
  return found->front();
}

result<std::vector<std::uint64_t>> message_reads::seqs_of_own_id(const viewed_thread& t, std::string_view id) {
  std::vector<std::uint64_t> seqs;
  const auto add = [&](std::int64_t thread) -> status_result {
    by_own_id_.bind(1, thread);
    by_own_id_.bind(2, id);
    while (true) {
      auto row = by_own_id_.step();
      if (!row) return row.error();
      if (!*row) return ok();
      seqs.push_back(by_own_id_.natural(0));
    }
  };
  if (auto added = add(t.pk); !added) return added.error();
  for (const auto& a : t.state.lineage) {
    auto pk = ancestor_pk(t.org, a);
    if (!pk) return pk.error();
    if (auto added = add(*pk); !added) return added.error();
  }
  return seqs;
}

result<std::optional<stored_message>> message_reads::by_id(const viewed_thread& t, std::string_view id) {
  const auto is_it = [&](std::uint64_t seq) -> result<std::optional<stored_message>> {
    if (!t.state.messages.is_live(seq)) return std::optional<stored_message>{};
    auto found = read(t, {seq}, false, 0);
    if (!found) return found.error();
    auto place = thread::read_place(found->front().json);
    if (!place) return place.error();
    if (place->id != id) return std::optional<stored_message>{};
    return std::optional(std::move(found->front()));
  };
  if (const auto told = seq_of_message_id(id)) { // most ids tell their seq
    auto found = is_it(*told);
    if (!found || *found) return found;
  }
  auto seqs = seqs_of_own_id(t, id);
  if (!seqs) return seqs.error();
  for (const std::uint64_t seq : *seqs) {
    auto found = is_it(seq);
    if (!found || *found) return found;
  }
  return std::optional<stored_message>{};
}

} // namespace ropewalk::storage
