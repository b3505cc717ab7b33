#include "runtime/thread/shape_openai.hpp"

#include <algorithm>
#include <array>

#include "runtime/json_writer.hpp"
#include "runtime/thread/shape_parts.hpp"

namespace ropewalk::thread {

namespace {

// The API takes at most 64 characters, none of < | \ / > and no white space.
std::string name_for_model(std::string_view name) {
  std::string out;
  std::size_t characters = 0;
  for (const unsigned char c : name) {
    const bool starts_character = (c & 0xC0) != 0x80;
    if (starts_character && characters++ == 64) break;
    const bool refused =
        c <= ' ' || c == 0x7F || std::string_view("<|\\/>").find(static_cast<char>(c)) != std::string_view::npos;
    out += refused ? '_' : static_cast<char>(c);
  }
  return out;
}

bool is_attachment(part_kind kind) noexcept {
  return kind == part_kind::image || kind == part_kind::image_url || kind == part_kind::file;
}

class openai_shape {
public:
  openai_shape(std::string& out, json_view message, openai_purpose purpose)
      : out_(out), message_(message), purpose_(purpose), role_(text_field(message, "role").value_or("user")) {
    if (const auto metadata = message.find("metadata"))
      if (const auto kept = metadata->find("openai"); kept && kept->is(json_type::object)) kept_ = kept;
  }

  void append() {
    const auto content = message_.find("content");
    bool any = false;
    if (role_ == "tool" && content && content->is(json_type::array))
      for (const json_view part : content->elements())
        if (kind_of(part) == part_kind::tool_result) {
          if (any) out_ += ',';
          begin("tool_call_id", part.find("tool_call_id"));
          out_ += ",\"content\":";
          append_content(*part.find("content"));
          end(!any);
          any = true;
        }
    if (any) return;
    begin("tool_call_id", message_.find("tool_call_id"));
    out_ += ",\"content\":";
    if (content) append_content(*content);
    else out_ += "null";
    append_calls();
    end(true);
  }

private:
  void begin(std::string_view answer_key, std::optional<json_view> answer) {
    std::string role = role_;
    if (purpose_ == openai_purpose::file && kept_ && text_field(*kept_, "role") == "developer") role = "developer";
    out_ += "{\"role\":";
    append_json_string(out_, role);
    if (answer) append_member(answer_key, *answer);
    if (const auto name = text_field(message_, "name")) {
      out_ += ",\"name\":";
      append_json_string(out_, purpose_ == openai_purpose::model ? name_for_model(*name) : *name);
    }
  }

  void append_member(std::string_view key, json_view value) {
    out_ += ',';
    append_json_string(out_, key);
    out_ += ':';
    value.append_compact(out_);
  }

  void append_content(json_view content) {
    if (!content.is(json_type::array)) return content.append_compact(out_);
    const std::size_t start = out_.size();
    out_ += '[';
    for (const json_view part : content.elements()) {
      const part_kind kind = kind_of(part);
      if (kind == part_kind::tool_call && role_ == "assistant") continue; // stands in tool_calls
      if (out_.back() != '[') out_ += ',';
      if (is_attachment(kind) && role_ != "user" && purpose_ == openai_purpose::model) {
        out_ += "{\"type\":\"text\",\"text\":";
        append_json_string(out_, part_as_text(part));
        out_ += '}';
      } else {
        append_openai_part(out_, part);
      }
    }
    if (out_.size() == start + 1) { // nothing but calls
      out_.resize(start);
      out_ += "null";
    } else {
      out_ += ']';
    }
  }

  void append_calls() {
    if (role_ != "assistant") return;
    const auto listed = message_.find("tool_calls");
    const auto content = message_.find("content");
    if (!content || !content->is(json_type::array)) { // the usual case: as they came
      if (listed) append_member("tool_calls", *listed);
      return;
    }
    const auto calls = calls_of(message_);
    if (calls.empty()) return;
    out_ += ",\"tool_calls\":[";
    for (const stored_call& call : calls) {
      if (&call != &calls.front()) out_ += ',';
      out_ += "{\"id\":";
      append_json_string(out_, call.id);
      out_ += ",\"type\":\"function\",\"function\":{\"name\":";
      append_json_string(out_, call.name);
      out_ += ",\"arguments\":";
      append_json_string(out_, call.arguments);
      out_ += "}}";
    }
    out_ += ']';
  }

  // What import kept goes back, unless the message has such a field of its own.
  void end(bool first) {
    if (purpose_ == openai_purpose::file && kept_ && first)
      for (const json_member m : kept_->members())
        if (m.key != "role" && m.key != "content" && !written(m.key)) append_member(m.key, m.value);
    out_ += '}';
  }

  bool written(std::string_view key) const {
    if (key == "tool_calls") return role_ == "assistant" && !calls_of(message_).empty();
    return (key == "name" || key == "tool_call_id") && message_.find(key);
  }

  std::string& out_;
  json_view message_;
  openai_purpose purpose_;
  std::string role_;
  std::optional<json_view> kept_;
};

} // namespace

void append_openai(std::string& out, json_view message, openai_purpose purpose) {
  openai_shape(out, message, purpose).append();
}

} // namespace ropewalk::thread
