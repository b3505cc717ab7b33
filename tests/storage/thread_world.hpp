#pragma once
// Threads as their machine makes them, written to a real journal, beside a model that holds every message in
// plain maps and copies all of them when it forks: what the views must show.

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "runtime/thread/machine.hpp"
#include "runtime/thread/replies.hpp"
#include "storage/chain_reader.hpp"
#include "storage/view_applier.hpp"
#include "storage/view_reader.hpp"
#include "tests/storage/journal_fixture.hpp"

namespace ropewalk::tests {

struct modelled_thread {
  thread::thread_state state;
  std::map<std::uint64_t, std::string> messages; // by seq
};

class thread_world {
public:
  using key = std::pair<std::string, std::string>; // org, thread

  scratch_directory dir;
  std::map<key, modelled_thread> threads;
  instant now{1'800'000'000'000'000};
  bool lose_effects = false; // forks stay pending, as after a crash

  thread_world() : journal_(opened(dir.journal())) {}

  std::uint64_t position() const { return journal_->last_position(); }
  std::filesystem::path views_file() const { return dir.path() / "views.db"; }
  storage::view_settings view_settings() const { return {views_file(), dir.journal(), {}}; }

  // The refusal, if there was one; otherwise all is in the journal.
  std::optional<error> command(const std::string& org, const std::string& id, thread::command c) {
    const entity_key who{org, entity_kind::thread, id};
    modelled_thread& t = threads[{org, id}];
    now.us += 1000;
    auto d = thread::decide(who, t.state, c, facts(t, thread::facts_for(t.state, c)), {},
                            {now, ++entropy_, entropy_ * 77}, false);
    if (!d) return d.error();
    std::vector<entry> entries;
    for (const thread::event& e : d->events) {
      entry_draft draft{std::string(thread::type_of(e)),
                        thread::body_of(e),
                        t.state.version + 1,
                        std::max(now, t.state.recorded_at),
                        {}};
      show(org, id, t, e, draft.time);
      entries.push_back(entry{});
      entries.back().partition = partition_of(who, 16);
      entries.back().entity = who;
      entries.back().event = std::move(draft);
    }
    write(std::move(entries));
    if (lose_effects) return std::nullopt;
    for (const thread::effect& e : d->effects) {
      if (const auto* f = std::get_if<thread::start_fork>(&e))
        (void)command(org, f->child, thread::adopt_fork{id, f->header_json, f->at});
      if (const auto* r = std::get_if<thread::report_fork>(&e))
        (void)command(org, r->parent, thread::settle_fork{id, r->created, r->reason});
    }
    return std::nullopt;
  }
  void must(const std::string& org, const std::string& id, thread::command c) {
    const auto refused = command(org, id, std::move(c));
    INFO(org << "/" << id);
    if (refused) FAIL(refused->type << ": " << refused->detail);
  }
  void create(const std::string& org, const std::string& id, thread::create c = {}) {
    must(org, id, thread::write{std::move(c)});
  }
  void append(const std::string& org, const std::string& id, const std::string& text,
              thread::role author = thread::role::user, std::optional<std::string> message_id = {}) {
    thread::message_draft m;
    m.author = author;
    m.id = std::move(message_id);
    append_json_string(m.content_json = "", text);
    thread::append a;
    a.messages.push_back(std::move(m));
    must(org, id, thread::write{std::move(a)});
  }
  void edit(const std::string& org, const std::string& id, std::uint64_t seq, const std::string& text) {
    thread::edit e;
    e.message.seq = seq;
    append_json_string(e.content_json.emplace(), text);
    must(org, id, thread::write{std::move(e)});
  }
  void remove(const std::string& org, const std::string& id, std::uint64_t seq) {
    must(org, id, thread::write{thread::remove_message{{seq, {}}}});
  }
  void fork(const std::string& org, const std::string& id, const std::string& child,
            std::optional<std::uint64_t> at = {}) {
    thread::fork f;
    if (at) f.at = thread::message_ref{at, {}};
    f.child_id = child;
    must(org, id, thread::write{std::move(f)});
  }
  // Entries as they are, also senseless ones.
  void write(std::vector<entry> entries) {
    if (entries.empty()) return;
    REQUIRE(journal_->begin_group());
    for (entry& e : entries) REQUIRE(journal_->append(e));
    REQUIRE(journal_->commit_group());
  }
  storage::journal& file() { return *journal_; }

  // The partition's chain goes on from index `keep`; what threads are is folded anew from what is left.
  void cut(std::uint16_t partition, std::uint64_t keep) {
    const partition_id p{partition};
    const auto chains = storage::chain_file::open(dir.journal());
    REQUIRE(chains);
    const auto kept = (*chains)->at(p, keep);
    REQUIRE(kept);
    REQUIRE(journal_->begin_group());
    replication::change c;
    c.adopted = replication::adoption{keep, {}, *kept, {1, ++cuts_, {}, false}};
    const auto done = journal_->apply_change(p, c);
    if (!done) FAIL(done.error().detail);
    REQUIRE(*done);
    REQUIRE(journal_->commit_group());
    fold_anew();
  }
  std::vector<std::string> shown(const std::string& org, const std::string& id) const {
    std::vector<std::string> all;
    for (const auto& [seq, json] : threads.at({org, id}).messages) all.push_back(json);
    return all;
  }

private:
  static thread::facts facts(const modelled_thread& t, const thread::wanted_facts& wanted) {
    thread::facts known;
    const auto id_of = [](const std::string& json) { return thread::read_place(json)->id; };
    for (const auto& [seq, json] : t.messages) {
      if (wanted.message && (wanted.message->seq ? *wanted.message->seq == seq : *wanted.message->id == id_of(json)))
        known.message_json = json;
      for (const auto& id : wanted.message_ids)
        if (id == id_of(json)) known.taken_ids.push_back(id);
    }
    return known;
  }

  void fold_anew() {
    threads.clear();
    at_fork_.clear();
    auto reader = storage::journal_reader::open(dir.journal());
    REQUIRE(reader);
    for (std::uint64_t after = 0, before = 1; before != after;) {
      before = after;
      const auto read = reader->read_after(after, 4096, 8 << 20, [&](entry&& e) {
        if (e.entity.kind != entity_kind::thread) return;
        const auto event = thread::decode_event(e.event.type, e.event.body);
        if (event) show(e.entity.org, e.entity.id, threads[{e.entity.org, e.entity.id}], *event, e.event.time);
      });
      REQUIRE(read);
      after = read->last_position;
    }
  }

  void show(const std::string& org, const std::string& id, modelled_thread& t, const thread::event& e, instant time) {
    if (const auto* f = std::get_if<thread::forked>(&e)) {
      auto& copy = at_fork_[{org, id, f->version}] = t.messages;
      std::erase_if(copy, [&](const auto& m) { return m.first > f->seq; });
    }
    if (const auto* c = std::get_if<thread::created>(&e); c && c->origin) {
      const auto& parent = c->origin->lineage.back();
      t.messages = at_fork_[{org, parent.thread, parent.version}]; // none: what the parent said of it was cut off
    }
    if (const auto* a = std::get_if<thread::appended>(&e)) t.messages[a->seq] = a->message_json;
    if (const auto* x = std::get_if<thread::edited>(&e)) t.messages[x->seq] = x->message_json;
    thread::apply(t.state, e, time);
    std::erase_if(t.messages, [&](const auto& m) { return !t.state.messages.is_live(m.first); });
  }

  std::unique_ptr<storage::journal> journal_;
  std::map<std::tuple<std::string, std::string, std::uint64_t>, std::map<std::uint64_t, std::string>> at_fork_;
  std::uint64_t entropy_ = 0, cuts_ = 0;
};

// Views of a world, caught up, and a reader of them.
class running_views {
public:
  explicit running_views(const thread_world& world) : applier(world.view_settings()) {
    auto started = applier.start();
    if (!started) FAIL(started.error().detail);
    catch_up(world);
    auto opened = storage::view_reader::open(applier.file());
    if (!opened) FAIL(opened.error().detail);
    reader = *std::move(opened);
  }
  void catch_up(const thread_world& world, bool full_text = true) {
    applier.notify(world.position());
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const bool reached =
        full_text ? applier.wait_for_index(world.position(), deadline) : applier.wait_for(world.position(), deadline);
    if (const auto p = applier.progress(); p.failing) FAIL(p.failing->detail);
    REQUIRE(reached);
  }
  storage::thread_queries& threads() { return reader->threads(); }
  void stop() {
    reader.reset();
    applier.stop();
  }

  storage::view_applier applier;
  std::unique_ptr<storage::view_reader> reader;
};

inline std::vector<std::string> bodies(const result<storage::message_page>& page) {
  if (!page) FAIL(page.error().detail);
  std::vector<std::string> all;
  for (const auto& m : page->messages) all.push_back(m.json);
  return all;
}

inline std::vector<std::uint64_t> seqs(const result<storage::message_page>& page) {
  if (!page) FAIL(page.error().detail);
  std::vector<std::uint64_t> all;
  for (const auto& m : page->messages) all.push_back(m.seq);
  return all;
}

} // namespace ropewalk::tests
