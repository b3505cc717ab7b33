#include "cli/workflow/confirmed_end.hpp"

#include <fmt/format.h>

#include "cli/request_options.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {

void add_end_options(CLI::App& verb, end_options& o) {
  add_workflow_id(verb, o.id);
  add_yes(verb, o.confirm);
  add_dry_run(verb, o.confirm);
  add_reason(verb, o.reason);
  add_idempotency_key(verb, o.key);
}

result<exit_code> end_instance(session& s, const end_options& o, const std::string& verb,
                               const std::string& consequence) {
  std::string id = o.id;
  if (!o.confirm.yes || o.confirm.dry_run) {
    const auto seen = s.ask_workflow(o.id, "get", R"({"state":false})");
    if (!seen) return seen.error();
    const auto w = seen->root().find("workflow");
    if (!w) return error{errc::internal, "bad_reply", "the reply has no workflow", {}};
    id = reply_document::text_of(*w, "id");
    const std::string status = reply_document::text_of(*w, "status");
    if (is_over(status))
      return error{errc::conflict, "workflow_closed", fmt::format("workflow \"{}\" is {}: it is over", id, status), {}};
    const auto ended = consent(s, o.confirm, seen->root(),
                               fmt::format("{} workflow {}, which is {}, and {}", verb, id,
                                           status, consequence));
    if (!ended) return ended.error();
    if (*ended) return **ended;
  }
  json_writer w;
  w.begin_object();
  field_if(w, "reason", o.reason);
  w.end_object();
  return change_and_show(s, id, verb, w.text(), o.key);
}

} // namespace ropewalk::cli
