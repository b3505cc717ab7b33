#include "runtime/thread/import_header.hpp"

#include <algorithm>

#include "runtime/limits.hpp"
#include "runtime/thread/export_format.hpp"
#include "runtime/thread/message_fields.hpp"
#include "runtime/utf8.hpp"

namespace ropewalk::thread {

namespace {

constexpr std::string_view left_behind[] = {"id",         "org",      "status",  "status_reason", "message_count",
                                            "first_seq",  "last_seq", "version", "created_at",    "updated_at",
                                            "expires_at", "parent"};

result<std::string> header_text(json_view v, const field_place& place, std::size_t most) {
  if (!v.is(json_type::string)) return place.wrong_type("a string", v);
  if (v.string_bytes() > most) return place.over(most);
  std::string text = v.string();
  if (has_control_characters(text)) return place.broken("must have no control characters");
  return text;
}

result<std::vector<std::string>> decode_tags(json_view v, const field_place& place) {
  if (!v.is(json_type::array)) return place.wrong_type("an array", v);
  if (v.size() > limits::tags) return place.broken("must have at most " + std::to_string(limits::tags) + " tags");
  std::vector<std::string> tags;
  for (const json_view element : v.elements()) {
    const field_place at = place.at(tags.size());
    auto tag = header_text(element, at, limits::tag_bytes);
    if (!tag) return tag.error();
    if (tag->empty()) return at.broken("must not be empty");
    tags.push_back(*std::move(tag));
  }
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

result<limits_patch> decode_limits(json_view v, const field_place& place) {
  if (!v.is(json_type::object)) return place.wrong_type("an object", v);
  limits_patch patch;
  for (const json_member m : v.members()) {
    const field_place at = place.at(m.key);
    const bool ttl = m.key == "ttl_seconds";
    if (!ttl && m.key != "max_messages" && m.key != "max_tokens") return at.broken("is not a limit of a thread");
    const std::int64_t n = m.value.is(json_type::number) ? m.value.integer().value_or(-1) : -1;
    const std::int64_t most = ttl                     ? limits::ttl_max_s
                              : m.key == "max_tokens" ? limits::count_max
                                                      : static_cast<std::int64_t>(limits::seq_max);
    if (n < 0 || n > most) return at.broken("must be an integer from 0 to " + std::to_string(most));
    if (ttl) patch.ttl_s = n;
    else (m.key == "max_tokens" ? patch.max_tokens : patch.max_messages) = static_cast<std::uint64_t>(n);
  }
  return patch;
}

template <class T, class U>
status_result into(T& target, result<U> value) {
  if (!value) return value.error();
  target = *std::move(value);
  return ok();
}

status_result take(create& c, const json_member& m, const field_place& at) {
  if (m.key == "name") return into(c.name, header_text(m.value, at, limits::name_bytes));
  if (m.key == "user") return into(c.user, header_text(m.value, at, limits::name_bytes));
  if (m.key == "agent") return into(c.agent, header_text(m.value, at, limits::name_bytes));
  if (m.key == "tags") return into(c.tags, decode_tags(m.value, at));
  if (m.key == "limits") return into(c.limits, decode_limits(m.value, at));
  if (m.key == "metadata") return into(c.metadata_json, decode_metadata(m.value, at.path()));
  if (std::find(std::begin(left_behind), std::end(left_behind), m.key) != std::end(left_behind)) return ok();
  return at.unknown("a thread");
}

} // namespace

bool is_import_header(json_view line) { return line.find("ropewalk").has_value(); }

result<create> decode_import_header(json_view line, const field_place& place) {
  for (const json_member m : line.members())
    if (m.key != "ropewalk" && m.key != "version" && m.key != "thread")
      return place.at(m.key).broken("is not a field of the header line");
  const auto what = line.find("ropewalk");
  if (!what->is(json_type::string) || what->string() != "thread")
    return place.at("ropewalk").broken("must be \"thread\"");
  const auto version = line.find("version");
  if (!version || version->integer() != jsonl_version)
    return place.at("version").broken("must be " + std::to_string(jsonl_version) +
                                      ", the version that this program reads");
  const auto thread = line.find("thread");
  const field_place at = place.at("thread");
  if (!thread) return at.missing();
  if (!thread->is(json_type::object)) return at.wrong_type("an object", *thread);
  create c;
  for (const json_member m : thread->members())
    if (auto fine = take(c, m, at.at(m.key)); !fine) return fine.error();
  return c;
}

} // namespace ropewalk::thread
