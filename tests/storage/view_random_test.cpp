#include "storage/entry_hash.hpp"
#include "storage/thread_verification.hpp"
#include "tests/random_seed.hpp"
#include "tests/storage/thread_world.hpp"
#include "tests/storage/view_dump.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

// One random command; refusals are fine, they change nothing.
void act(thread_world& w, random_seed& seed) {
  const std::string org = seed.one_in(4) ? "other" : "acme";
  const std::string id = "t" + std::to_string(seed.below(6));
  const auto& t = w.threads[{org, id}];
  const std::uint64_t seq = 1 + seed.below(t.state.messages.last_seq() + 1);
  const auto words = [&] {
    std::string text;
    for (auto n = seed.below(8); n-- > 0;) text += "word" + std::to_string(seed.below(30)) + " ";
    return text;
  };
  const auto draft = [&] {
    thread::message_draft m;
    m.author = seed.one_in(8) ? thread::role::system : seed.one_in(2) ? thread::role::assistant : thread::role::user;
    append_json_string(m.content_json = "", words());
    if (seed.one_in(10)) m.id = "id" + std::to_string(seed.below(20));
    if (seed.one_in(5)) m.sender = "s" + std::to_string(seed.below(3));
    return m;
  };
  switch (seed.below(24)) {
  case 0: {
    thread::create c;
    c.user = seed.one_in(2) ? "ann" : "";
    c.tags = {"a", "b"};
    if (seed.one_in(2)) c.tags.pop_back();
    c.limits.max_messages = seed.one_in(2) ? 6 : 0;
    if (seed.one_in(3)) c.limits.ttl_s = 3600;
    (void)w.command(org, id, thread::write{c});
    return;
  }
  case 1: (void)w.command(org, id, thread::write{thread::clear{}}); return;
  case 2:
    if (seed.one_in(3)) (void)w.command(org, id, thread::write{thread::remove_thread{""}});
    return;
  case 3: {
    thread::update u;
    u.limits.max_messages = seed.below(8);
    u.tags = std::vector<std::string>{"c" + std::to_string(seed.below(3))};
    (void)w.command(org, id, thread::write{u});
    return;
  }
  case 4:
  case 5:
  case 6: {
    thread::fork f;
    if (seed.one_in(2)) f.at = thread::message_ref{seq, {}};
    f.child_id = "t" + std::to_string(seed.below(9));
    w.lose_effects = seed.one_in(4);
    (void)w.command(org, id, thread::write{f});
    w.lose_effects = false;
    return;
  }
  case 7: (void)w.command(org, id, thread::wake{}); return;
  case 8: (void)w.command(org, id, thread::write{thread::suspend{"x"}}); return;
  case 9:
  case 10: (void)w.command(org, id, thread::write{thread::resume{}}); return;
  case 11:
  case 12:
  case 13: {
    thread::edit e;
    e.message.seq = seq;
    append_json_string(e.content_json.emplace(), words());
    (void)w.command(org, id, thread::write{e});
    return;
  }
  case 14:
  case 15: (void)w.command(org, id, thread::write{thread::remove_message{{seq, {}}}}); return;
  default: {
    thread::append a;
    for (auto n = 1 + seed.below(3); n-- > 0;) a.messages.push_back(draft());
    a.batch = true;
    (void)w.command(org, id, thread::write{a});
  }
  }
}

digest digest_of_lines(const std::vector<std::string>& messages) {
  std::string lines;
  for (const std::string& json : messages) lines += json + "\n";
  return storage::sha256(lines);
}

// As a snapshot says it, which is folded from the journal and compared with the views before.
digest signed_digest(const thread_world& w, running_views& views, const thread_world::key& key,
                     const modelled_thread& t) {
  static const storage::keyring keys = *storage::new_keyring(instant{1});
  auto journal = storage::journal_reader::open(w.dir.journal());
  if (!journal) FAIL(journal.error().detail);
  const entity_key who{key.first, entity_kind::thread, key.second};
  const auto made = storage::snapshot_thread(*views.reader, *journal, keys, {"", who, t.state.version}, w.now);
  if (!made) FAIL(made.error().detail);
  return made->content;
}

void compare(const thread_world& w, running_views& views) {
  for (const auto& [key, t] : w.threads) {
    INFO(key.first << "/" << key.second);
    const auto page = views.threads().page(key.first, key.second, {});
    if (t.state.is != thread::presence::present) {
      CHECK_FALSE(page);
      continue;
    }
    auto expected = w.shown(key.first, key.second);
    const bool more = expected.size() > limits::page_default;
    if (more) expected.resize(limits::page_default);
    CHECK(bodies(page) == expected);
    CHECK(signed_digest(w, views, key, t) == digest_of_lines(w.shown(key.first, key.second)));
    CHECK(page->more == more);
  }
}

} // namespace

TEST_CASE("whatever happens to threads, the views show what the model shows, and rebuilt they are the same") {
  random_seed seed;
  CAPTURE(seed.rerun());
  thread_world w;
  auto views = std::make_unique<running_views>(w);
  for (int i = 0; i < 1500; ++i) {
    act(w, seed);
    if (seed.one_in(40)) {
      views->catch_up(w, seed.one_in(2)); // messages end before and after they are indexed
      compare(w, *views);
    }
    if (seed.one_in(300)) { // stopped, and on from where it was
      views->stop();
      views = std::make_unique<running_views>(w);
      CHECK(views->applier.progress().rebuilds == 0);
    }
  }
  views->catch_up(w);
  compare(w, *views);
  CHECK(views->applier.progress().faults == 0);
  views->stop();
  const std::string incremental = dump_views(w.views_file());
  std::filesystem::remove(w.views_file());
  views = std::make_unique<running_views>(w);
  compare(w, *views);
  views->stop();
  const std::string rebuilt = dump_views(w.views_file());
  CHECK((incremental == rebuilt));
}
