#include "runtime/workflow/liveness.hpp"

#include <algorithm>

#include "runtime/workflow/commands.hpp"
#include "runtime/workflow/lines.hpp"

namespace ropewalk::workflow {
namespace {

constexpr std::int64_t first_pause_us = 100'000,
                       most_pause_us = 5'000'000; // while nobody is there to take a dispatch

std::optional<instant> later(const std::optional<instant>& recorded, instant from,
                             const std::optional<std::int64_t>& after_us) {
  if (!recorded || !after_us) return recorded;
  return std::max(*recorded, instant{from.us + *after_us});
}

} // namespace

sign_of_life& liveness::of(const run& r) {
  sign_of_life& sign = by_run_[r.number];
  if (sign.attempt != r.attempt) {
    sign = {};
    sign.attempt = r.attempt;
    sign.sent = sign.start = sign.last = r.attempt_at;
  }
  return sign;
}

const sign_of_life* liveness::find(const run& r) const noexcept {
  const auto at = by_run_.find(r.number);
  return at == by_run_.end() || at->second.attempt != r.attempt ? nullptr : &at->second;
}

bool liveness::sends_again() const noexcept {
  return std::any_of(by_run_.begin(), by_run_.end(), [](const auto& r) { return r.second.send_again.has_value(); });
}

void liveness::heard(const instance& after, const command& c, instant now) {
  const auto worked = [&](std::uint64_t number, std::optional<std::uint32_t> attempt) -> sign_of_life* {
    const run* r = find_run(after, number);
    if (!r || r->status != run_status::scheduled || (attempt && *attempt != r->attempt)) return nullptr;
    sign_of_life& sign = of(*r);
    sign.begun = true;
    sign.last = std::max(sign.last, now);
    sign.refusals = 0;
    sign.send_again.reset();
    return &sign;
  };
  if (const auto* w = std::get_if<write>(&c)) {
    if (const auto* h = std::get_if<heartbeat>(w)) {
      if (auto* sign = worked(h->run, h->attempt); sign && h->progress) sign->progress = h->progress;
    } else if (const auto* b = std::get_if<step_begin>(w)) {
      worked(b->run, {});
    } else if (const auto* s = std::get_if<step_complete>(w)) {
      worked(s->run, {});
    }
  } else if (const auto* refused = std::get_if<dispatch_refused>(&c)) {
    const run* r = find_run(after, refused->run);
    if (r && r->status == run_status::scheduled && r->attempt == refused->attempt) {
      sign_of_life& sign = of(*r);
      const std::int64_t pause = first_pause_us << std::min<std::uint32_t>(sign.refusals++, 6);
      sign.send_again = instant{now.us + std::min(pause, most_pause_us)};
    }
  } else if (std::holds_alternative<recover>(c)) {
    for (const auto& [number, r] : after.runs) {
      if (r.status != run_status::scheduled || !is_outside(work_of(after, r).kind)) continue;
      sign_of_life& sign = of(r);
      sign.sent = sign.start = sign.last = std::max(sign.sent, now);
      sign.send_again.reset();
    }
  } else if (std::holds_alternative<wake>(c)) {
    for (auto& [number, sign] : by_run_) {
      if (!sign.send_again || *sign.send_again > now) continue;
      sign.sent = sign.last = now;
      sign.send_again.reset();
    }
  }
  std::erase_if(by_run_, [&](const auto& entry) {
    const run* r = find_run(after, entry.first);
    return !r || r->status != run_status::scheduled || r->attempt != entry.second.attempt;
  });
}

deadlines due_now(const work& w, const run& r, const sign_of_life* sign) {
  deadlines due = r.due;
  if (!sign) return due;
  if (sign->begun) due.start.reset();
  else due.start = later(due.start, sign->start, w.limits.start_us);
  if (sign->send_again) { // no worker has it: its time does not run
    due.attempt.reset();
    due.heartbeat.reset();
    return due;
  }
  due.heartbeat = later(due.heartbeat, sign->last, w.limits.heartbeat_us);
  // Where silence has a bound of its own the attempt is bounded as a whole; else each sign of life extends
  // it.
  due.attempt = later(due.attempt, w.limits.heartbeat_us ? sign->sent : sign->last, w.limits.attempt_us);
  return due;
}

} // namespace ropewalk::workflow
