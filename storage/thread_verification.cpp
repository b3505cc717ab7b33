#include "storage/thread_verification.hpp"

#include "storage/recorded_thread.hpp"
#include "storage/sealing/thread_signature.hpp"

namespace ropewalk::storage {
namespace {

constexpr std::size_t messages_at_once = 64;

using thread::presence;
using thread::thread_snapshot;

class thread_check {
public:
  thread_check(view_reader& views, journal_reader& journal, const verified_thread& what)
      : views_(views), what_(what), recorded_(views, journal, what.who, budget_) {}

  recorded_thread& recorded() { return recorded_; }
  const thread_verification& found() const { return found_; }

  // Folds on to there. false: a fault forbids it.
  result<bool> fold_to(std::uint64_t version) {
    if (auto folded = recorded_.fold_to(version); !folded) {
      if (folded.error().code != errc::corrupt) return folded.error();
      fault({"entry", recorded_.state().version + 1, 0, folded.error().detail});
      return false;
    }
    return true;
  }

  // How far the views lead.
  result<std::uint64_t> end() {
    auto known = views_.version_of(what_.who);
    if (known && *known < what_.version)
      fault({"entry", *known + 1, 0, "the views do not know the entry of version " + std::to_string(what_.version)});
    return known;
  }

  void check(const keyring& keys, const thread_snapshot& s) {
    if (auto genuine = verify_snapshot(keys, s); !genuine) return snapshot_fault(s, genuine.error().detail);
    if (s.cluster != what_.cluster || s.org != what_.who.org || s.thread != what_.who.id)
      return snapshot_fault(s, "it is of another cluster, organisation or thread");
    genuine_ = true;
  }
  bool genuine() const { return genuine_; }

  // At the snapshot's version.
  status_result compare(const thread_snapshot& s) {
    const entry& last = recorded_.last();
    if (recorded_.state().version != s.version) {
      snapshot_fault(s, "the thread has no entry of its version");
      return ok();
    }
    if (last.partition != s.partition || last.index != s.index || last.hash != s.hash)
      snapshot_fault(s, "the journal holds another entry of its version");
    if (recorded_.state().messages.count() != s.messages)
      snapshot_fault(s, "the thread had " + std::to_string(recorded_.state().messages.count()) + " messages, not " +
                            std::to_string(s.messages));
    const auto content = recorded_.content();
    if (!content && content.error().code != errc::corrupt) return content.error();
    if (!content) fault({"entry", s.version, 0, content.error().detail});
    else if (*content != s.content) snapshot_fault(s, "the thread's messages had another digest");
    return ok();
  }

  status_result compare_views() {
    const auto shown = views_.threads().state(what_.who.org, what_.who.id);
    if (!shown) return damaged(shown.error());
    const bool present = recorded_.state().is == presence::present;
    if (shown->has_value() != present) {
      fault({"state", 0, 0, present ? "the views do not show the thread" : "the views show a thread that is deleted"});
      return ok();
    }
    if (!present) return ok();
    thread::thread_state folded = recorded_.state().without_keys();
    if (thread::encode_state((*shown)->without_keys()) != thread::encode_state(folded))
      fault({"state", recorded_.state().version, 0, "the views show another state of the thread"});
    status_result compared = ok();
    std::vector<stored_message> held;
    auto walked = recorded_.each_message([&](std::uint64_t seq, std::string_view json) {
      held.push_back({seq, std::string(json)});
      if (held.size() < messages_at_once) return true;
      compared = compare_messages(held);
      held.clear();
      return bool(compared);
    });
    if (compared && walked) compared = compare_messages(held);
    if (!compared || walked) return compared;
    if (walked.error().code != errc::corrupt) return walked;
    fault({"entry", 0, 0, walked.error().detail});
    return ok();
  }

  thread_verification finish() {
    found_.version = recorded_.state().version;
    found_.messages = recorded_.state().messages.count();
    return std::move(found_);
  }

private:
  void fault(thread_fault f) {
    if (found_.faults.size() < thread_verification::faults_max) found_.faults.push_back(std::move(f));
    else ++found_.more_faults;
  }
  void snapshot_fault(const thread_snapshot& s, std::string detail) {
    fault({"snapshot", s.version, 0, std::move(detail)});
  }
  status_result compare_messages(const std::vector<stored_message>& held) {
    std::vector<std::uint64_t> seqs;
    for (const stored_message& m : held) seqs.push_back(m.seq);
    const auto shown = views_.threads().messages_at(what_.who.org, what_.who.id, seqs);
    if (!shown && shown.error().code != errc::corrupt) return shown.error();
    for (std::size_t i = 0, next = 0; i < held.size(); ++i) {
      if (!shown) { // one of them cannot be read: each by itself
        const auto one = views_.threads().message(what_.who.org, what_.who.id, held[i].seq);
        if (!one && one.error().code != errc::corrupt) return one.error();
        compare_message(held[i], one && *one ? &**one : nullptr);
        continue;
      }
      const bool there = next < shown->size() && (*shown)[next].seq == held[i].seq;
      compare_message(held[i], there ? &(*shown)[next++] : nullptr);
    }
    return ok();
  }
  void compare_message(const stored_message& held, const stored_message* shown) {
    if (!shown) fault({"message", 0, held.seq, "the views do not show it"});
    else if (shown->json != held.json)
      fault({"message", 0, held.seq, "the views show other bytes than the journal holds"});
  }
  // What cannot be read because it is wrong is a fault; a disk that fails is an error.
  status_result damaged(const error& why) {
    if (why.code != errc::corrupt) return why;
    fault({"state", 0, 0, why.detail});
    return ok();
  }

  view_reader& views_;
  const verified_thread& what_;
  reading_budget budget_;
  recorded_thread recorded_;
  thread_verification found_;
  bool genuine_ = false;
};

} // namespace

result<thread_verification> verify_thread(view_reader& views, journal_reader& journal, const keyring& keys,
                                          const verified_thread& what, const thread_snapshot* snapshot) {
  thread_check v(views, journal, what);
  const auto end = v.end();
  if (!end) return end.error();
  if (snapshot) v.check(keys, *snapshot);
  if (v.genuine()) {
    const auto there = v.fold_to(std::min(snapshot->version, *end));
    if (!there) return there.error();
    if (!*there) return v.finish();
    if (auto compared = v.compare(*snapshot); !compared) return compared.error();
  }
  const auto whole = v.fold_to(*end);
  if (!whole) return whole.error();
  if (*whole)
    if (auto compared = v.compare_views(); !compared) return compared.error();
  return v.finish();
}

result<thread_snapshot> snapshot_thread(view_reader& views, journal_reader& journal, const keyring& keys,
                                        const verified_thread& what, instant now) {
  thread_check v(views, journal, what);
  const auto end = v.end();
  if (!end) return end.error();
  const auto whole = v.fold_to(*end);
  if (!whole) return whole.error();
  if (*whole)
    if (auto compared = v.compare_views(); !compared) return compared.error();
  if (!v.found().faults.empty())
    return error{errc::corrupt,
                 "thread_not_verified",
                 "the thread is not what its journal says: " + v.found().faults.front().detail,
                 {}};
  recorded_thread& t = v.recorded();
  if (t.state().is != presence::present)
    return error{errc::not_found, "thread_not_found", "there is no thread \"" + what.who.id + "\"", "thread"};
  const auto content = t.content();
  if (!content) return content.error();
  thread_snapshot s{what.cluster,
                    what.who.org,
                    what.who.id,
                    t.state().version,
                    t.state().messages.count(),
                    *content,
                    t.last().partition,
                    t.last().index,
                    t.last().hash,
                    now,
                    {},
                    {}};
  sign_snapshot(keys, s);
  return s;
}

} // namespace ropewalk::storage
