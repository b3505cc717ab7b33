#include "actors/workflow_lists.hpp"

#include "runtime/json_writer.hpp"
#include "storage/view_readers.hpp"
#include "storage/workflow_queries.hpp"

namespace ropewalk::actors {
namespace {

result<std::string> answer_list(storage::workflow_queries& views, const std::string& org, const workflow::list& what,
                                std::uint64_t lag) {
  auto found = views.list(org, what);
  if (!found) return found.error();
  return list_reply("workflows", found->workflows, found->next_cursor, lag);
}

result<std::string> answer_list(storage::workflow_queries& views, const std::string& org, const workflow::count& what,
                                std::uint64_t) {
  auto found = views.count(org, what.where);
  if (!found) return found.error();
  return "{\"count\":" + std::to_string(*found) + '}';
}

result<std::string> answer_list(storage::workflow_queries& views, const std::string& org,
                                const workflow::list_definitions& what, std::uint64_t lag) {
  auto found = views.definitions(org, what);
  if (!found) return found.error();
  return list_reply("definitions", found->definitions, found->next_cursor, lag);
}

} // namespace

std::string list_reply(std::string_view field, const std::vector<std::string>& objects,
                       const std::optional<std::string>& next_cursor, std::uint64_t lag) {
  json_writer out;
  out.begin_object().key(field).begin_array();
  for (const std::string& json : objects) out.raw(json);
  out.end_array();
  if (next_cursor) out.field("next_cursor", *next_cursor);
  out.key("view").begin_object().field("lag", lag).end_object().end_object();
  return std::move(out).take();
}

void answer_across(storage::view_readers& views, std::string org, workflow::across what, std::uint64_t min_position,
                   std::shared_ptr<caller> from) {
  views.post_lengthy(min_position, [&applier = views.applier(), org = std::move(org), what = std::move(what),
                                    from = std::move(from)](result<storage::view_reader*> reader) {
    if (!reader) return from->refuse(reader.error());
    const std::uint64_t lag = applier.progress().lag();
    auto text = std::visit([&](const auto& x) { return answer_list((*reader)->workflows(), org, x, lag); }, what);
    if (text) from->answer(*text);
    else from->refuse(text.error());
  });
}

} // namespace ropewalk::actors
