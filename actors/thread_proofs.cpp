#include "actors/thread_proofs.hpp"

#include "actors/entity_environment.hpp"
#include "actors/reader_files.hpp"
#include "runtime/json_writer.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "storage/thread_verification.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {
namespace {

constexpr auto proof_patience = std::chrono::seconds(60); // of a million entries

std::string render_verification(const storage::thread_verification& v) {
  json_writer out;
  out.begin_object().field("valid", v.faults.empty()).field("version", v.version).field("messages", v.messages);
  out.key("faults").begin_array();
  for (const storage::thread_fault& f : v.faults) {
    out.begin_object().field("kind", f.kind);
    if (f.version) out.field("version", f.version);
    if (f.seq) out.field("seq", f.seq);
    out.field("detail", f.detail).end_object();
  }
  out.end_array();
  if (v.more_faults) out.field("more_faults", v.more_faults);
  out.end_object();
  return std::move(out).take();
}

} // namespace

void thread_proofs::snapshot(entity_key who, std::uint64_t version, std::uint64_t min_position, shared_caller from) {
  take({min_position,
        [this, who = std::move(who), version](storage::view_reader& views) -> result<std::string> {
          auto files = files_of_this_thread(journal_file_, options_);
          if (!files) return files.error();
          const auto made = storage::snapshot_thread(views, (*files)->journal, *keys_.current(),
                                                     {cluster_, who, version}, around_.look().now);
          if (!made) return made.error();
          return "{\"snapshot\":" + thread::render_snapshot(*made) + '}';
        },
        std::move(from)});
}

void thread_proofs::verify(entity_key who, std::uint64_t version, std::uint64_t min_position,
                           std::optional<thread::thread_snapshot> against, shared_caller from) {
  take({min_position,
        [this, who = std::move(who), version,
         against = std::move(against)](storage::view_reader& views) -> result<std::string> {
          auto files = files_of_this_thread(journal_file_, options_);
          if (!files) return files.error();
          const auto checked = storage::verify_thread(views, (*files)->journal, *keys_.current(),
                                                      {cluster_, who, version}, against ? &*against : nullptr);
          if (!checked) return checked.error();
          return render_verification(*checked);
        },
        std::move(from)});
}

void thread_proofs::take(asked a) {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= max_waiting)
      return a.from->refuse(
          {errc::busy, "too_many_reads", "many snapshots and verifications wait already; try again", {}});
    if (busy_) return waiting_.push_back(std::move(a));
    busy_ = true;
  }
  run(std::move(a));
}

// The answer is given with the job, so that what waits is asked for when a reader is free again.
void thread_proofs::run(asked a) {
  const std::uint64_t min_position = a.min_position;
  const auto until = std::chrono::steady_clock::now() + proof_patience;
  views_.post_lengthy(min_position, until, [this, a = std::move(a)](result<storage::view_reader*> views) {
    const auto text = views ? a.answer(**views) : result<std::string>(views.error());
    if (text) a.from->answer(*text);
    else a.from->refuse(text.error());
    go_on();
  });
}

void thread_proofs::go_on() {
  std::optional<asked> next;
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.empty()) {
      busy_ = false;
      return;
    }
    next = std::move(waiting_.front());
    waiting_.pop_front();
  }
  run(*std::move(next));
}

} // namespace ropewalk::actors
