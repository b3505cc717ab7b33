#include "cli/thread/thread_view.hpp"

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/reply_fields.hpp"
#include "cli/wire_client.hpp"

namespace ropewalk::cli {
namespace {

colour colour_of_status(std::string_view status) {
  return status == "active" ? colour::green : status == "suspended" ? colour::yellow : colour::dim;
}

std::string tags_text(json_view thread) {
  std::string all;
  if (const auto tags = thread.find("tags"); tags && tags->is(json_type::array))
    for (const json_view t : tags->elements()) all += (all.empty() ? "" : ", ") + t.string();
  return all;
}

std::string limits_text(json_view thread) {
  const auto limits = thread.find("limits");
  if (!limits) return {};
  const auto most = number_of(*limits, "max_messages"), tokens = number_of(*limits, "max_tokens"),
             ttl = number_of(*limits, "ttl_seconds");
  std::string all = most == 0 ? "any number of messages" : fmt::format("{} messages", most);
  if (tokens != 0) all += fmt::format(", windows of {} tokens", tokens);
  if (ttl != 0) all += fmt::format(", deleted after {} without a change", short_duration(ttl));
  return all;
}

} // namespace

detail_lines thread_lines(json_view t) {
  const std::string status = text_of(t, "status"), reason = text_of(t, "status_reason");
  const auto metadata = t.find("metadata");
  const auto parent = t.find("parent");
  const auto count = number_of(t, "message_count");
  return {
      {"id", {text_of(t, "id"), colour::bold}},
      {"org", {text_of(t, "org")}},
      {"name", {text_of(t, "name")}},
      {"user", {text_of(t, "user")}},
      {"agent", {text_of(t, "agent")}},
      {"tags", {tags_text(t)}},
      {"status", {reason.empty() ? status : status + ": " + reason, colour_of_status(status)}},
      {"messages",
       {count == 0 ? "0"
                   : fmt::format("{} (seq {} to {})", count, number_of(t, "first_seq"), number_of(t, "last_seq"))}},
      {"limits", {limits_text(t)}},
      {"forked from",
       {parent ? fmt::format("{} at seq {}", text_of(*parent, "thread"), number_of(*parent, "seq")) : ""}},
      {"metadata", {metadata && metadata->size() > 0 ? metadata->compact() : ""}},
      {"version", {std::to_string(number_of(t, "version"))}},
      {"created", {short_time(text_of(t, "created_at"))}},
      {"updated", {short_time(text_of(t, "updated_at"))}},
      {"expires", {short_time(text_of(t, "expires_at"))}},
  };
}

detail_lines thread_lines_of(json_view reply) {
  const auto t = reply.find("thread");
  return t ? thread_lines(*t) : detail_lines{};
}

const std::vector<column>& thread_columns() {
  static const std::vector<column> columns{
      {.title = "ID"},
      {.title = "STATUS"},
      {.title = "MESSAGES", .right = true},
      {.title = "UPDATED"},
      {.title = "USER"},
      {.title = "AGENT", .wide_only = true},
      {.title = "TAGS", .wide_only = true},
      {.title = "VERSION", .right = true, .wide_only = true},
      {.title = "CREATED", .wide_only = true},
      {.title = "NAME", .stretch = true},
  };
  return columns;
}

row thread_row(json_view t) {
  const std::string status = text_of(t, "status");
  return {{text_of(t, "id")},
          {status, colour_of_status(status)},
          {std::to_string(number_of(t, "message_count"))},
          {how_long_ago(text_of(t, "updated_at"), wall_clock())},
          {text_of(t, "user")},
          {text_of(t, "agent")},
          {tags_text(t)},
          {std::to_string(number_of(t, "version"))},
          {short_time(text_of(t, "created_at"))},
          {text_of(t, "name")}};
}

} // namespace ropewalk::cli
