#include "actors/quarantine_desk.hpp"

#include "actors/entity_environment.hpp"
#include "actors/log.hpp"
#include "runtime/hex.hpp"
#include "runtime/json_writer.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::size_t cuts_told_at_once = 100; // the rest with the next count
constexpr auto count_again_after = std::chrono::seconds(5); // while there is something

std::string_view promised_name(ack_level level) {
  return level == ack_level::local ? "local" : level == ack_level::log ? "log" : "peers";
}

void write_about(json_writer& out, const storage::quarantined_entry& e) {
  out.field("position", e.position).field("partition", std::uint64_t{e.partition.value});
  out.field("index", e.index).field("epoch", e.epoch);
  out.field("kind", name(e.entity.kind)).field("org", e.entity.org).field("id", e.entity.id);
  out.field("type", e.type).field("version", e.version).field("bytes", e.body_bytes);
  out.field("written_at", e.written_at).field("cut_at", e.cut.time);
  out.key("cut").begin_object().field("kept_upto", e.cut.keep_upto);
  out.field("epoch", e.cut.epoch).field("generation", e.cut.generation).end_object();
  if (e.promised) out.field("promised", promised_name(*e.promised));
  out.field("reached", e.in_stream ? "log" : "local").field("state", e.state);
  if (e.state != "open") out.field("reason", e.reason).field("settled_at", e.state_at);
}

std::string render_quarantine_page(const std::vector<storage::quarantined_entry>& page, std::size_t limit,
                                   const storage::quarantine_figures& open) {
  json_writer out;
  out.begin_object().key("entries").begin_array();
  for (const storage::quarantined_entry& e : page) {
    out.begin_object();
    write_about(out, e);
    out.end_object();
  }
  out.end_array().field("open", open.all()).field("alarming", open.alarming());
  if (page.size() == limit) out.field("next_after", page.back().position);
  out.end_object();
  return std::move(out).take();
}

std::string render_whole(const storage::quarantine_reader::whole_entry& e) {
  json_writer out;
  out.begin_object().key("entry").begin_object();
  write_about(out, e.about);
  out.field("hash", to_hex(e.what.hash));
  if (const auto& key = e.what.event.idempotency)
    out.key("idempotency")
        .begin_object()
        .field("key", key->key)
        .field("fingerprint", to_hex(key->fingerprint))
        .field("entries", std::uint64_t{key->entries})
        .end_object();
  out.raw_field("body", e.what.event.body).end_object().end_object();
  return std::move(out).take();
}

} // namespace

// Of the journal alone, so it need not wait for any position of the views.
template <class Look>
void quarantine_desk::look(shared_caller from, Look look) {
  readers_.post_lengthy(0, [this, from = std::move(from), look = std::move(look)](result<storage::view_reader*> turn) {
    if (!turn) return from->refuse(turn.error());
    auto reader = storage::quarantine_reader::open(journal_file_, options_);
    const result<std::string> told = reader ? look(*reader) : result<std::string>(reader.error());
    if (told) from->answer(*told);
    else from->refuse(told.error());
  });
}

void quarantine_desk::list(const transport::list_quarantine& what, shared_caller from) {
  look(std::move(from), [what](storage::quarantine_reader& reader) -> result<std::string> {
    const auto page = reader.list({what.after, what.limit, what.settled});
    if (!page) return page.error();
    const auto open = reader.open_figures();
    if (!open) return open.error();
    return render_quarantine_page(*page, what.limit, *open);
  });
}

void quarantine_desk::get(const transport::get_quarantined& what, shared_caller from) {
  look(std::move(from), [what](storage::quarantine_reader& reader) -> result<std::string> {
    const auto entry = reader.at(what.position);
    if (!entry) return entry.error();
    return render_whole(*entry);
  });
}

void quarantine_desk::settle(const transport::settle_quarantined& what, shared_caller from) {
  const auto state = what.offered ? storage::quarantine_state::offered : storage::quarantine_state::discarded;
  writer_.settle({what.position, state, what.reason, around_.look().now},
                 [this, what, from = std::move(from)](const status_result& done) {
                   if (!done) return from->refuse(done.error());
                   log_line(log_level::info, "an entry in quarantine was settled",
                            {{"position", std::to_string(what.position)},
                             {"as", what.offered ? "offered" : "discarded"},
                             {"reason", what.reason}});
                   count_again();
                   from->answer("{\"settled\":true}");
                 });
}

void quarantine_desk::count_again() {
  stale_ = true;
  count_if_stale();
}

void quarantine_desk::count_if_stale() {
  // What a member learns again is settled by the journal itself, which tells nobody.
  const auto now = std::chrono::steady_clock::now();
  if (open().all() > 0 && now - counted_at_.load(std::memory_order_relaxed) > count_again_after) stale_ = true;
  if (!stale_ || counting_.exchange(true)) return;
  counted_at_.store(now, std::memory_order_relaxed);
  readers_.post_lengthy(0, [this](result<storage::view_reader*> turn) {
    counting_ = false;
    if (!turn) return;
    stale_ = false; // before the look: what changes meanwhile is counted again
    auto reader = storage::quarantine_reader::open(journal_file_, options_);
    const auto figures = reader ? reader->open_figures() : result<storage::quarantine_figures>(reader.error());
    if (!figures) {
      stale_ = true;
      return;
    }
    local_.store(figures->local, std::memory_order_relaxed);
    log_.store(figures->log, std::memory_order_relaxed);
    peers_.store(figures->peers, std::memory_order_relaxed);
    unknown_.store(figures->unknown, std::memory_order_relaxed);
    tell_cuts(*reader, *figures);
  });
}

storage::quarantine_figures quarantine_desk::open() const noexcept {
  return {local_.load(std::memory_order_relaxed), log_.load(std::memory_order_relaxed),
          peers_.load(std::memory_order_relaxed), unknown_.load(std::memory_order_relaxed)};
}

void quarantine_desk::tell_cuts(storage::quarantine_reader& reader, const storage::quarantine_figures& open) {
  const std::scoped_lock lock(count_mutex_);
  if (!told_cut_) {
    if (const auto newest = reader.newest_cut()) told_cut_ = *newest;
    if (open.all() > 0) tell_open(open); // the process that cut may not have come to tell
    return;
  }
  const auto cuts = reader.cuts_after(*told_cut_, cuts_told_at_once);
  if (!cuts) return;
  for (const storage::quarantine_cut& c : *cuts) {
    told_cut_ = c.id;
    log_line(c.alarming > 0 ? log_level::error : log_level::warn, "entries went to quarantine",
             {{"partition", std::to_string(c.what.partition.value)},
              {"entries", std::to_string(c.entries)},
              {"promised_more_than_local_or_unknown", std::to_string(c.alarming)}});
    json_writer out;
    out.begin_object().field("type", "quarantined").field("node", node_);
    out.field("partition", std::uint64_t{c.what.partition.value}).field("kept_upto", c.what.keep_upto);
    out.field("epoch", c.what.epoch).field("generation", c.what.generation);
    out.field("entries", c.entries).field("alarming", c.alarming).field("time", c.what.time).end_object();
    tell_(std::move(out).take());
  }
}

void quarantine_desk::tell_open(const storage::quarantine_figures& open) {
  log_line(open.alarming() > 0 ? log_level::error : log_level::warn, "entries in quarantine wait for somebody to settle them",
           {{"entries", std::to_string(open.all())},
            {"promised_more_than_local_or_unknown", std::to_string(open.alarming())}});
  json_writer out;
  out.begin_object().field("type", "quarantined").field("node", node_).field("at_start", true);
  out.field("entries", open.all()).field("alarming", open.alarming()).field("time", around_.look().now).end_object();
  tell_(std::move(out).take());
}

} // namespace ropewalk::actors
