#pragma once
// A workflow object (docs/wire.md) for people: a line of a list, or where an instance stands.

#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/session.hpp"
#include "runtime/instant.hpp"
#include "runtime/json_text.hpp"

namespace ropewalk::cli {

const std::vector<column>& workflow_columns();
row workflow_row(json_view workflow);

// The instance as a whole, and what its runs said last.
detail_lines workflow_lines(json_view workflow, instant now);
// What is under way: a row for each open run.
const std::vector<column>& run_columns();
row run_row(json_view run, instant now);

// reply["workflow"]: the lines and, below them, the open runs. Programs get the reply.
void show_workflow(output& out, json_view reply, instant now);

// Writes to one instance and shows what came of it.
result<exit_code> change_and_show(session& s, const std::string& id, std::string_view verb, const std::string& body,
                                  const std::string& key);

bool is_over(std::string_view status) noexcept;
colour colour_of_status(std::string_view status) noexcept;
// "rate_limited: the provider said 429", of {"code","message"}; "" if there is none.
std::string error_text(std::optional<json_view> e);
// "customer=c-9, urgent=true", of an object's member "attributes".
std::string attributes_text(json_view object);
// A value as one line: a text as it is, everything else as JSON.
std::string value_text(json_view value);

} // namespace ropewalk::cli
