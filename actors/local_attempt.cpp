#include "actors/local_attempt.hpp"

#include <algorithm>

#include "actors/failure_text.hpp"
#include "runtime/limits.hpp"
#include "runtime/utf8.hpp"
#include "transport/problem.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;
using workflow::json_value;

constexpr auto between_heartbeats = 100ms;
constexpr auto first_retry = 20ms, longest_retry = 1'000ms; // while the instance or the journal is not there
// Whatever was recorded comes back: the result was judged when it came, and its wrapping is one level more.
constexpr json_limits answer_limits{.max_bytes = limits::step_result_bytes + 4'096,
                                    .max_depth = limits::json_depth + 1,
                                    .max_values = limits::step_result_bytes};

workflow::failure failed(std::string_view code, std::string_view message, bool final = false) {
  std::string name = transport::harmless_text(code, limits::error_code_bytes - 3); // of an ellipsis
  if (name.empty()) name = "error";
  return {{std::move(name), failure_text(message, kept_part::beginning)}, final};
}

local_failure run_over() { return {"run_over", "nobody waits for the result any more"}; }

const json_value no_input = json_value::object();

// What a program made, as the instance takes it.
workflow::outcome as_taken(workflow::outcome what) {
  if (const auto* f = std::get_if<workflow::failure>(&what)) return failed(f->what.code, f->what.message, f->final);
  const auto fits = workflow::check_value(std::get<json_value>(what), limits::phase_result_bytes, "result");
  if (fits) return what;
  return failed(fits.error().code == errc::too_large ? "result_too_large" : "bad_result", fits.error().detail);
}

} // namespace

result<std::string> local_questions::ask(const entity_key& instance, workflow::write what) {
  auto r = std::make_shared<request>();
  r->entity = instance;
  r->what = workflow::command{std::move(what)};
  r->from.emplace(std::string{}, nullptr, 0, *this, *this);
  router_.route(std::move(r));
  std::unique_lock lock(mutex_);
  came_.wait(lock, [this] { return done_; });
  done_ = false;
  return *std::exchange(answer_, std::nullopt);
}

status_result local_questions::reply(const std::string&, std::string_view body) {
  const std::scoped_lock lock(mutex_);
  answer_ = std::string(body);
  return ok();
}

void local_questions::refuse(const std::string&, const error& why) {
  const std::scoped_lock lock(mutex_);
  answer_ = why;
}

// The last that an answered request does with us.
void local_questions::answered(const transport::verb_spec*, std::size_t, std::chrono::nanoseconds, const error*) {
  {
    const std::scoped_lock lock(mutex_);
    done_ = true;
  }
  came_.notify_one(); // without the lock, for which who wakes would wait at once
}

workflow::outcome local_attempt::run(const local_function& function, local_questions& questions) {
  questions_ = &questions;
  try {
    return as_taken(function(local_call(*this)));
  } catch (const local_failure& e) {
    return failed(e.code(), e.what(), e.final());
  } catch (const std::exception& e) {
    return failed("exception", e.what());
  } catch (...) {
    return failed("exception", "an exception that is no std::exception");
  }
}

void local_attempt::heartbeat(std::optional<json_value> progress) {
  const auto now = clock::now().time_since_epoch().count();
  auto last = said_.load(std::memory_order_relaxed);
  if (last != 0 && now - last < clock::duration(between_heartbeats).count()) return;
  if (!said_.compare_exchange_strong(last, now, std::memory_order_relaxed)) return;
  auto r = std::make_shared<request>();
  r->entity = instance;
  r->what = workflow::command{workflow::write{workflow::heartbeat{what.run, what.attempt, std::move(progress)}}};
  r->on_refused = [stop = stop](const error& why) mutable {
    if (why.code == errc::conflict) stop.request_stop();
  };
  questions_->router().route(std::move(r));
}

json_value local_attempt::ask(workflow::write question) {
  auto pause = std::chrono::milliseconds(first_retry);
  while (true) {
    if (stop.stop_requested()) throw run_over();
    const auto said = questions_->ask(instance, question);
    if (said) {
      auto answer = workflow::parse_json(*said, answer_limits);
      if (!answer || !answer->is_object()) throw local_failure("internal", "the instance's answer is no JSON object");
      return *std::move(answer);
    }
    const error& why = said.error();
    if (!retryable(why.code) || why.type == "workflow_crashed") {
      if (why.code == errc::conflict || why.code == errc::not_found) stop.request_stop();
      throw local_failure(why.type.empty() ? std::string(name(why.code)) : why.type, why.detail);
    }
    std::mutex alone;
    std::condition_variable_any over;
    std::unique_lock lock(alone);
    over.wait_for(lock, stop.get_token(), pause, [] { return false; });
    pause = std::min<std::chrono::milliseconds>(2 * pause, longest_retry);
  }
}

// True: the instance need not be asked whether the step is recorded, or one too many.
bool local_attempt::surely_new(std::string_view step) {
  return sole_ && own_steps_.size() < limits::steps_a_run && own_steps_.emplace(step).second;
}

json_value local_attempt::step(std::string_view name, const std::function<json_value()>& work) {
  if (name.empty() || name.size() > limits::step_name_bytes || !is_utf8(name) || has_control_characters(name))
    throw local_failure("bad_step", "a step's name is 1 to " + std::to_string(limits::step_name_bytes) +
                                        " bytes of UTF-8 without control characters");
  if (!surely_new(name)) {
    json_value begun = ask(workflow::step_begin{what.run, std::string(name), true});
    if (begun.value("recorded", false)) return std::move(begun["result"]);
  } else if (stop.stop_requested()) {
    throw run_over();
  }
  json_value made = work();
  if (const auto fits = workflow::check_value(made, limits::step_result_bytes, "result"); !fits)
    throw local_failure(fits.error().code == errc::too_large ? "step_result_too_large" : "bad_result",
                        "step \"" + std::string(name) + "\": " + fits.error().detail);
  json_value done = ask(workflow::step_complete{what.run, std::string(name), made});
  if (done.value("recorded", false)) return std::move(done["result"]); // another attempt was first
  return made;
}

local_call::local_call(local_attempt& a)
    : org(a.instance.org), workflow(a.instance.id), phase(a.what.phase), function(a.what.target), run(a.what.run),
      attempt(a.what.attempt), compensation(a.what.compensation), input(a.what.input ? *a.what.input : no_input),
      deadline(a.what.due.attempt), attempt_(a) {}

void local_call::heartbeat() const { attempt_.heartbeat(std::nullopt); }

void local_call::progress(const json_value& what) const {
  const bool fits = static_cast<bool>(workflow::check_value(what, limits::progress_bytes, "progress"));
  attempt_.heartbeat(fits ? std::optional(what) : std::nullopt);
}

std::stop_token local_call::stopping() const noexcept { return attempt_.stop.get_token(); }

json_value local_call::step(std::string_view name, const std::function<json_value()>& work) const {
  return attempt_.step(name, work);
}

} // namespace ropewalk::actors
