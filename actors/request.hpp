#pragma once
// One request on its way through the node.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "actors/outbox.hpp"
#include "runtime/command.hpp"
#include "runtime/entity_key.hpp"
#include "runtime/schedule/commands.hpp"
#include "runtime/thread/commands.hpp"
#include "runtime/thread/machine.hpp"
#include "runtime/workflow/commands.hpp"
#include "runtime/workflow/queries.hpp"
#include "storage/journal_writer.hpp"

namespace ropewalk::transport {
struct verb_spec;
}

namespace ropewalk::actors {

// Told about every answer, for service statistics and admission.
class request_meter {
public:
  virtual ~request_meter() = default;
  // bytes: of the request, as the caller was made with.
  virtual void answered(const transport::verb_spec* verb, std::size_t bytes, std::chrono::nanoseconds took,
                        const error* problem) = 0;
};

// The one who waits for an answer. Answers exactly once; if it is destroyed unanswered (a bug, or a node
// that goes down) it says so, so that nobody waits for a time-out.
class caller {
public:
  using clock = std::chrono::steady_clock;
  // Whoever waits has given up by then: whatever is still to be waited for on the way to an answer ends with a refusal,
  // and nothing is begun any more.
  static constexpr std::chrono::seconds longest_wait{15};

  caller(std::string reply_subject, const transport::verb_spec* verb, std::size_t bytes, outbox& out,
         request_meter& meter, clock::time_point since = clock::now())
      : reply_subject_(std::move(reply_subject)), verb_(verb), bytes_(bytes), out_(&out), meter_(&meter),
        since_(since) {}
  caller(caller&& other) noexcept
      : reply_subject_(std::move(other.reply_subject_)), verb_(other.verb_), bytes_(other.bytes_),
        out_(std::exchange(other.out_, nullptr)), meter_(other.meter_), since_(other.since_),
        confirm_(std::move(other.confirm_)), more_(std::move(other.more_)) {}
  caller& operator=(caller&& other) noexcept {
    std::swap(reply_subject_, other.reply_subject_);
    std::swap(verb_, other.verb_);
    std::swap(bytes_, other.bytes_);
    std::swap(out_, other.out_);
    std::swap(meter_, other.meter_);
    std::swap(since_, other.since_);
    std::swap(confirm_, other.confirm_);
    std::swap(more_, other.more_);
    return *this;
  }
  ~caller();

  // Run before an answer is given, or a refusal that asking again would not change, with what gives it, or refuses: of reads that
  // may have seen more than was committed when they were asked for.
  using confirmation = std::function<void(std::function<void(status_result)> then)>;
  void confirm_before_answer(confirmation c) { confirm_ = std::move(c); }

  // The same before something else is done for the caller, who goes along.
  void when_confirmed(std::function<void(caller)> then);

  // "name":value, behind the fields of an answer; asked for when it is given.
  void add_to_answer(std::function<std::string()> field) { more_ = std::move(field); }

  // An answer that fits no message: of a read it is refused (reply_too_large); of a write its receipt goes alone, with
  // "reply_left_out":true, since a refusal would say that nothing was changed.
  void answer(std::string_view body);
  void refuse(const error& why);
  void hand_on(); // somebody else answers
  const std::string& reply_subject() const noexcept { return reply_subject_; }
  bool waiting() const noexcept { return out_ != nullptr; }
  bool waits_too_long() const noexcept { return waiting() && clock::now() - since_ > longest_wait; }

private:
  void send(outbox& out, std::string_view body);

  std::string reply_subject_;
  const transport::verb_spec* verb_;
  std::size_t bytes_;
  outbox* out_;
  request_meter* meter_;
  clock::time_point since_;
  confirmation confirm_;
  std::function<std::string()> more_;
};

using shared_caller = std::shared_ptr<caller>; // for answers that are given on another thread

// Commands and reads of one entity, of the kind that `what` belongs to. A request of the runtime itself has no caller.
struct request {
  entity_key entity;
  std::variant<thread::command, thread::read, workflow::command, workflow::read, workflow::instance_query,
               workflow::define, workflow::get_definition, schedule::command, schedule::get>
      what;
  std::optional<idempotency_token> key;
  std::optional<caller> from;
  std::shared_ptr<void> keep;    // held until the request's write is durable or refused: a place in a quota
  std::optional<ack_level> ack;  // absent: the node's default
  bool brand_new = false;        // the id was made for this request: nothing can be stored under it
  std::function<void()> on_done; // of another member's entity: what it asked for is durable, or changed nothing
  std::function<void(const error&)> on_refused; // of a request of the runtime itself; any thread, must not block
  bool rests = false; // its entity cannot take it now: its partition brings it again after a pause

  void refuse(const error& why) {
    if (from && from->waiting()) from->refuse(why);
    else if (on_refused) on_refused(why);
  }
  // true: it is a client's that has waited too long before anything was done for it, and was refused.
  bool refuse_if_overdue();
  // Nobody would hear of a refusal, and nobody repeats it.
  bool of_nobody() const noexcept { return !from && !on_refused; }
};

using request_ptr = std::shared_ptr<request>; // CAF messages must be copyable; there is one owner at a time

} // namespace ropewalk::actors
