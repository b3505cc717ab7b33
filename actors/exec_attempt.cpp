#include "actors/exec_attempt.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "actors/failure_text.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::size_t most_output = limits::phase_result_bytes + limits::error_message_bytes;
constexpr std::size_t piece = 64 << 10;    // at a time, so that one command's flood does not hold up the others
constexpr std::size_t most_left = 1 << 20; // read after the end: more than a pipe holds

// Appends what is there now; whether there may be more. Closes at the end of the file.
bool read_piece(owned_fd& from, std::string& into) {
  std::array<char, piece> bytes;
  const ssize_t n = ::read(from.get(), bytes.data(), bytes.size());
  if (n > 0) into.append(bytes.data(), static_cast<std::size_t>(n));
  if (n > 0 || (n < 0 && errno == EINTR)) return true;
  if (n == 0 || errno != EAGAIN) from.reset();
  return false;
}

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

} // namespace

void exec_attempt::write_input() {
  if (!process_.in) return;
  const ssize_t n = ::write(process_.in.get(), input_.data() + written_, input_.size() - written_);
  if (n > 0) written_ += static_cast<std::size_t>(n);
  // Whoever does not read its input may still do its work.
  const bool refused = n < 0 && errno != EAGAIN && errno != EINTR;
  if (!refused && written_ < input_.size()) return;
  process_.in.reset();
  std::string().swap(input_);
}

void exec_attempt::read_output() { (void)read_some_output(); }
void exec_attempt::read_errors() { (void)read_some_errors(); }

bool exec_attempt::read_some_output() {
  if (!process_.out) return false;
  const bool more = read_piece(process_.out, output_);
  take_signs();
  if (output_.size() > most_output) {
    floods_ = true;
    process_.out.reset();
  }
  return more;
}

bool exec_attempt::read_some_errors() {
  if (!process_.err) return false;
  const bool more = read_piece(process_.err, errors_);
  if (errors_.size() > limits::error_message_bytes) errors_.erase(0, errors_.size() - limits::error_message_bytes);
  return more;
}

// Whole lines at the beginning, as long as they are signs of life; what follows is the reply, on however many lines.
void exec_attempt::take_signs() {
  std::size_t from = 0;
  while (!replying_) {
    const std::size_t to = output_.find('\n', from);
    if (to == std::string::npos) {
      replying_ = output_.size() - from > limits::progress_bytes + 64;
      break;
    }
    std::string_view line(output_.data() + from, to - from);
    while (!line.empty() && is_white(line.front())) line.remove_prefix(1);
    if (!line.empty()) {
      worker_reply said = read_worker_reply(line);
      auto* sign = std::get_if<still_at_it>(&said);
      if (!sign) {
        replying_ = true;
        break;
      }
      if (!sign->progress && sign_) sign->progress = std::move(sign_->progress);
      sign_ = std::move(*sign);
    }
    from = to + 1;
  }
  output_.erase(0, from);
}

std::optional<still_at_it> exec_attempt::sign_of_life() { return std::exchange(sign_, std::nullopt); }

void exec_attempt::terminate(clock::time_point now, std::chrono::milliseconds patience) {
  if (kill_at_) return;
  kill_at_ = now + patience;
  process_.signal_group(SIGTERM);
  process_.signal_group(SIGCONT); // one that is stopped sees it as well
}

void exec_attempt::kill_if_due(clock::time_point now) {
  if (!kill_at_ || *kill_at_ > now) return;
  process_.signal_group(SIGKILL);
  kill_at_ = now + std::chrono::seconds(1); // one in an uninterruptible sleep ends later
}

workflow::outcome exec_attempt::end() {
  const int status = process_.end();
  // What it wrote is in the pipes. A process that it left in another group may hold them open, and write on.
  for (std::size_t left = most_left / piece; left > 0 && !floods_ && read_some_output(); --left) {
  }
  for (std::size_t left = most_left / piece; left > 0 && read_some_errors(); --left) {
  }
  if (floods_)
    return workflow::failure{{"result_too_large", "the command wrote more than the " + std::to_string(most_output) +
                                                      " bytes of a reply; larger values go by reference"},
                             false};
  const bool fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  worker_reply said = read_worker_reply(output_);
  if (auto* what = std::get_if<workflow::outcome>(&said)) {
    const auto* failed = std::get_if<workflow::failure>(what);
    if (fine || !failed || failed->what.code != "bad_result") return std::move(*what);
  } else if (fine) {
    return workflow::failure{{"bad_result", "the command ended without a \"result\" or an \"error\""}, false};
  }
  return without_reply(status);
}

workflow::outcome exec_attempt::without_reply(int status) const {
  const bool by_signal = WIFSIGNALED(status);
  const int number = by_signal ? WTERMSIG(status) : WEXITSTATUS(status);
  std::string message = failure_text(errors_, kept_part::end);
  if (message.empty())
    message = (by_signal ? "ended by signal " : "ended with status ") + std::to_string(number) +
              " and nothing on standard error";
  return workflow::failure{{(by_signal ? "signal_" : "exit_") + std::to_string(number), std::move(message)}, false};
}

} // namespace ropewalk::actors
