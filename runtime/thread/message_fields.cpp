#include "runtime/thread/message_fields.hpp"

#include <algorithm>
#include <array>

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/thread/message_parts.hpp"
#include "runtime/utf8.hpp"

namespace ropewalk::thread {

namespace {

enum class field : std::uint8_t {
  role,
  content,
  name,
  sender,
  tool_calls,
  tool_call_id,
  metadata,
  tokens,
  id,
  seq,
  created_at,
  updated_at,
  revision,
  tokens_estimated,
};
constexpr std::size_t field_count = 14;

struct known_field {
  std::string_view name;
  field is;
};

constexpr known_field known_fields[field_count] = {
    {"role", field::role},
    {"content", field::content},
    {"name", field::name},
    {"sender", field::sender},
    {"tool_calls", field::tool_calls},
    {"tool_call_id", field::tool_call_id},
    {"metadata", field::metadata},
    {"tokens", field::tokens},
    {"id", field::id},
    {"seq", field::seq},
    {"created_at", field::created_at},
    {"updated_at", field::updated_at},
    {"revision", field::revision},
    {"tokens_estimated", field::tokens_estimated},
};

std::optional<field> find_field(std::string_view name, unknown_fields policy) noexcept {
  for (const known_field& k : known_fields) {
    if (k.name != name) continue;
    switch (policy) {
    case unknown_fields::refuse: return k.is <= field::id ? std::optional(k.is) : std::nullopt;
    case unknown_fields::allow_archived: return k.is;
    case unknown_fields::keep_in_metadata:
      switch (k.is) {
      case field::role:
      case field::content:
      case field::name:
      case field::tool_calls:
      case field::tool_call_id: return k.is;
      default: return std::nullopt;
      }
    }
  }
  return std::nullopt;
}

// What exporters of OpenAI's messages write where there is nothing.
bool says_nothing(json_view v) noexcept {
  return v.is(json_type::null) || (v.is(json_type::string) && v.string_bytes() == 0) ||
         (v.is(json_type::array) && v.size() == 0);
}

result<std::string> short_text(json_view v, const field_place& place, std::size_t most) {
  if (!v.is(json_type::string)) return place.wrong_type("a string", v);
  if (v.string_bytes() == 0) return place.broken("must not be empty; leave the field out where there is none");
  if (v.string_bytes() > most) return place.over(most);
  std::string text = v.string();
  if (has_control_characters(text)) return place.broken("must have no control characters");
  return text;
}

result<std::uint32_t> whole_number(json_view v, const field_place& place, std::int64_t least, std::int64_t most) {
  if (!v.is(json_type::number)) return place.wrong_type("an integer", v);
  const auto n = v.integer();
  if (!n || *n < least || *n > most)
    return place.broken("must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return static_cast<std::uint32_t>(*n);
}

result<instant> point_in_time(json_view v, const field_place& place) {
  if (!v.is(json_type::string)) return place.wrong_type("a string", v);
  auto t = parse_rfc3339(v.string());
  if (!t) return place.broken("must be an RFC 3339 time: " + t.error().detail);
  return *t;
}

result<std::string> checked_metadata(json_view v, const field_place& place) {
  if (!v.is(json_type::object)) return place.wrong_type("an object", v);
  std::string json = v.compact();
  if (json.size() > limits::metadata_bytes) return place.over(limits::metadata_bytes);
  return json;
}

class message_decoder {
public:
  message_decoder(json_view object, const field_place& place, unknown_fields policy, std::string_view beside)
      : object_(object), place_(place), policy_(policy), beside_(beside) {}

  result<message_draft> decode() {
    if (!object_.is(json_type::object)) return place_.wrong_type("an object", object_);
    for (const json_member m : object_.members()) {
      if (!beside_.empty() && m.key == beside_) continue;
      if (auto fine = take(m); !fine) return fine.error();
    }
    if (auto fine = finish(); !fine) return fine.error();
    return std::move(draft_);
  }

private:
  status_result take(const json_member& m) {
    const auto which = find_field(m.key, policy_);
    const field_place at = place_.at(m.key);
    if (policy_ == unknown_fields::keep_in_metadata) {
      const bool blank = which && *which != field::content && *which != field::role && says_nothing(m.value);
      if (!which || blank) return keep(m);
    }
    if (!which) return at.unknown("a message");
    switch (*which) {
    case field::role: return take_role(m.value, at);
    case field::content: content_ = m.value; return ok();
    case field::tool_calls: tool_calls_ = m.value; return ok();
    case field::name: return into(draft_.name, short_text(m.value, at, limits::name_bytes));
    case field::sender: return into(draft_.sender, short_text(m.value, at, limits::name_bytes));
    case field::tool_call_id: return into(draft_.tool_call_id, short_text(m.value, at, limits::tool_name_bytes));
    case field::metadata: return into(draft_.metadata_json, checked_metadata(m.value, at));
    case field::tokens: return into(tokens_, whole_number(m.value, at, 0, limits::message_tokens));
    case field::id: return into(draft_.id, short_text(m.value, at, limits::id_bytes));
    case field::seq: {
      std::optional<std::uint32_t> unused;
      return into(unused, whole_number(m.value, at, 1, limits::seq_max));
    }
    case field::created_at: return into(draft_.created_at, point_in_time(m.value, at));
    case field::updated_at: return into(draft_.updated_at, point_in_time(m.value, at));
    case field::revision: return into(draft_.revision, whole_number(m.value, at, 1, limits::imported_revision));
    case field::tokens_estimated:
      if (!m.value.is(json_type::boolean)) return at.wrong_type("a boolean", m.value);
      estimated_ = m.value.boolean();
      return ok();
    }
    return ok();
  }

  template <class T>
  static status_result into(std::optional<T>& target, result<T> value) {
    if (!value) return value.error();
    target = *std::move(value);
    return ok();
  }

  status_result take_role(json_view v, const field_place& at) {
    if (!v.is(json_type::string)) return at.wrong_type("a string", v);
    const std::string text = v.string();
    auto author = parse_role(text);
    if (!author && policy_ == unknown_fields::keep_in_metadata && text == "developer") {
      author = role::system;
      kept_.raw_field("role", v.raw());
      has_kept_ = true;
    }
    if (!author) return at.broken("must be \"system\", \"user\", \"assistant\" or \"tool\"");
    draft_.author = *author;
    has_role_ = true;
    return ok();
  }

  status_result keep(const json_member& m) {
    kept_.key(m.key).raw(m.value.compact());
    has_kept_ = true;
    return ok();
  }

  status_result finish() {
    if (!has_role_) return place_.at("role").missing();
    const bool tool = draft_.author == role::tool;
    const bool assistant = draft_.author == role::assistant;
    const field_place content_at = place_.at("content"), calls_at = place_.at("tool_calls"),
                      answer_at = place_.at("tool_call_id");
    content_facts facts;
    if (tool_calls_) {
      if (!assistant) return calls_at.broken("only an assistant message carries tool calls");
      if (auto fine = check_tool_calls(*tool_calls_, calls_at, facts); !fine) return fine.error();
      draft_.tool_calls_json.emplace();
      tool_calls_->append_compact(*draft_.tool_calls_json);
    }
    if (!content_ || content_->is(json_type::null)) {
      if (!tool_calls_ && content_) return content_at.broken("may be null only for an assistant with tool_calls");
      if (!tool_calls_) return content_at.missing();
    } else {
      if (auto fine = check_content(*content_, content_at, facts); !fine) return fine.error();
      draft_.content_json.clear();
      content_->append_compact(draft_.content_json);
    }
    if (auto fine = check_calls_and_answers(facts, tool, assistant, content_at, answer_at); !fine) return fine.error();
    const std::size_t bytes =
        draft_.content_json.size() + (draft_.tool_calls_json ? draft_.tool_calls_json->size() : 0);
    if (bytes > limits::content_bytes) return content_at.over(limits::content_bytes);
    if (has_kept_) {
      std::string kept = std::move(kept_).take();
      draft_.metadata_json = "{\"openai\":" + kept + "}}";
      if (draft_.metadata_json->size() > limits::metadata_bytes)
        return place_.at("metadata.openai").over(limits::metadata_bytes);
    }
    draft_.tokens = tokens_ ? *tokens_ : bounded_tokens(facts.tokens + tokens_a_message);
    draft_.tokens_estimated = !tokens_ || estimated_;
    return ok();
  }

  status_result check_calls_and_answers(content_facts& facts, bool tool, bool assistant, const field_place& content_at,
                                        const field_place& answer_at) {
    if (!facts.calls.empty()) {
      if (!assistant) return content_at.broken("only an assistant message has tool_call parts");
      if (facts.calls.size() > limits::tool_calls)
        return content_at.broken("a message has at most " + std::to_string(limits::tool_calls) + " tool calls");
      if (auto fine = all_different(facts.calls, place_.at(tool_calls_ ? "tool_calls" : "content"), "tool call ids");
          !fine)
        return fine.error();
    }
    if (!facts.answers.empty()) {
      if (!tool) return content_at.broken("only a tool message has tool_result parts");
      if (draft_.tool_call_id)
        return answer_at.broken("stands beside tool_result parts that name their calls themselves");
      if (facts.has_other_parts) return content_at.broken("beside tool_result parts only tool_result parts may stand");
      if (facts.answers.size() > limits::tool_calls)
        return content_at.broken("a message has at most " + std::to_string(limits::tool_calls) + " tool results");
      return all_different(facts.answers, content_at, "tool_call_ids of tool_result parts");
    }
    if (tool && !draft_.tool_call_id)
      return answer_at.broken("is required for role tool, to say which call is answered");
    if (!tool && draft_.tool_call_id) return answer_at.broken("only a tool message answers a call");
    return ok();
  }

  static status_result all_different(std::vector<std::string>& ids, const field_place& at, std::string_view what) {
    std::sort(ids.begin(), ids.end());
    const auto twin = std::adjacent_find(ids.begin(), ids.end());
    if (twin != ids.end()) return at.broken(std::string(what) + " must differ; twice: \"" + *twin + '"');
    return ok();
  }

  json_view object_;
  const field_place& place_;
  unknown_fields policy_;
  std::string_view beside_;
  message_draft draft_;
  std::optional<json_view> content_, tool_calls_;
  std::optional<std::uint32_t> tokens_;
  bool estimated_ = false, has_role_ = false, has_kept_ = false;
  json_writer kept_ = std::move(json_writer{}.begin_object());
};

} // namespace

result<message_draft> decode_message(json_view object, std::string_view path, unknown_fields policy,
                                     std::string_view beside) {
  const field_place place{path};
  return message_decoder(object, place, policy, beside).decode();
}

result<std::string> decode_content(json_view content, std::string_view path) {
  content_facts facts;
  if (auto fine = check_content(content, field_place{path}, facts); !fine) return fine.error();
  std::string json = content.compact();
  if (json.size() > limits::content_bytes) return field_place{path}.over(limits::content_bytes);
  return json;
}

result<std::string> decode_tool_calls(json_view tool_calls, std::string_view path) {
  content_facts facts;
  const field_place place{path};
  if (auto fine = check_tool_calls(tool_calls, place, facts); !fine) return fine.error();
  std::sort(facts.calls.begin(), facts.calls.end());
  if (std::adjacent_find(facts.calls.begin(), facts.calls.end()) != facts.calls.end())
    return place.broken("tool call ids must differ");
  std::string json = tool_calls.compact();
  if (json.size() > limits::content_bytes) return place.over(limits::content_bytes);
  return json;
}

result<std::string> decode_metadata(json_view metadata, std::string_view path) {
  return checked_metadata(metadata, field_place{path});
}

} // namespace ropewalk::thread
