#pragma once
// What a verb works with: where to write, whom to ask, and what an error is told with.
//
//   result<exit_code> run(session& s) {
//     auto reply = s.ask_thread(id, "get", "{}");
//     if (!reply) return reply.error();
//     s.out().record(...);
//     return exit_code::ok;
//   }

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/endpoint.hpp"
#include "cli/exit_code.hpp"
#include "cli/output.hpp"
#include "cli/problem_text.hpp"
#include "cli/wire_client.hpp"
#include "runtime/result.hpp"

namespace ropewalk::cli {

class session {
public:
  // to: an error is told by the first verb that needs the network; others do without.
  session(result<cli::endpoint> to, cli::output out) : endpoint_(std::move(to)), out_(std::move(out)) {}

  cli::output& out() noexcept { return out_; }
  const result<cli::endpoint>& endpoint() const noexcept { return endpoint_; }
  problem_place& place() noexcept { return place_; }

  // Connects on first use. The reference lives as long as the session.
  result<wire_client*> client();

  // A verb that reads one thread, workflow or schedule. The id may be a prefix of at least 4 characters that fits one only:
  // asked for as it is first, and looked up only when nothing is found. Which one was meant is said on standard
  // error and stands in place().id.
  result<reply_document> ask_thread(const std::string& id, std::string_view verb, std::string_view body) {
    return ask(threads, id, verb, body);
  }
  result<reply_document> ask_workflow(const std::string& id, std::string_view verb, std::string_view body) {
    return ask(workflows, id, verb, body);
  }
  // A verb that changes one: the id is the whole id, for one that is gone must not be mistaken for another. If there
  // is none, the error names those that begin so.
  result<reply_document> change_thread(const std::string& id, std::string_view verb, std::string_view body,
                                       std::string_view idempotency_key = {}) {
    return change(threads, id, verb, body, idempotency_key);
  }
  result<reply_document> change_workflow(const std::string& id, std::string_view verb, std::string_view body,
                                         std::string_view idempotency_key = {}) {
    return change(workflows, id, verb, body, idempotency_key);
  }
  result<reply_document> ask_schedule(const std::string& name, std::string_view verb, std::string_view body) {
    return ask(schedules, name, verb, body);
  }
  result<reply_document> change_schedule(const std::string& name, std::string_view verb, std::string_view body,
                                         std::string_view idempotency_key = {}) {
    return change(schedules, name, verb, body, idempotency_key);
  }
  // Takes the id as it is.
  result<reply_document> ask_exact_thread(const std::string& id, std::string_view verb, std::string_view body,
                                          std::string_view idempotency_key = {}) {
    return ask_exact(threads, id, verb, body, idempotency_key);
  }
  result<reply_document> ask_exact_workflow(const std::string& id, std::string_view verb, std::string_view body,
                                            std::string_view idempotency_key = {}) {
    return ask_exact(workflows, id, verb, body, idempotency_key);
  }
  result<reply_document> ask_threads(std::string_view verb, std::string_view body,
                                     std::string_view idempotency_key = {}) {
    return ask_all(threads, verb, body, idempotency_key);
  }
  result<reply_document> ask_workflows(std::string_view verb, std::string_view body,
                                       std::string_view idempotency_key = {}) {
    return ask_all(workflows, verb, body, idempotency_key);
  }
  result<reply_document> ask_schedules(std::string_view verb, std::string_view body) {
    return ask_all(schedules, verb, body, {});
  }

  // A sentence for people beside the answer; goes to standard error.
  void note(std::string_view text) const;

private:
  enum kind { threads, workflows, schedules };
  result<reply_document> ask(kind of, const std::string& id, std::string_view verb, std::string_view body);
  result<reply_document> change(kind of, const std::string& id, std::string_view verb, std::string_view body,
                                std::string_view idempotency_key);
  result<reply_document> ask_exact(kind of, const std::string& id, std::string_view verb, std::string_view body,
                                   std::string_view idempotency_key);
  result<reply_document> ask_all(kind of, std::string_view verb, std::string_view body,
                                 std::string_view idempotency_key);
  result<std::string> of_prefix(kind of, const std::string& prefix, const error& not_found);
  // A few more than fit into an error at the most; looks through so many pages of the list.
  result<std::vector<std::string>> that_begin(kind of, const std::string& prefix, int pages);

  result<cli::endpoint> endpoint_;
  cli::output out_;
  problem_place place_;
  std::unique_ptr<wire_client> client_;
};

using action = std::function<result<exit_code>(session&)>;

} // namespace ropewalk::cli
