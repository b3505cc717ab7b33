#include "runtime/thread/shape_langchain.hpp"

#include "runtime/json_fields.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/thread/shape_parts.hpp"

namespace ropewalk::thread {

namespace {

std::string_view type_of(std::string_view role) noexcept {
  if (role == "assistant") return "ai";
  if (role == "user") return "human";
  return role; // system, tool
}

void append_arguments(std::string& out, const std::string& arguments) {
  if (arguments.find_first_not_of(" \t\r\n") == std::string::npos) {
    out += "{}";
    return;
  }
  const auto doc = json_document::parse(arguments, record_limits);
  if (doc && doc->root().is(json_type::object)) return doc->root().append_compact(out);
  out += "{\"__arg1\":";
  append_json_string(out, arguments);
  out += '}';
}

class langchain_shape {
public:
  langchain_shape(std::string& out, json_view message)
      : out_(out), message_(message), role_(text_field(message, "role").value_or("user")) {}

  void append() {
    const auto content = message_.find("content");
    std::size_t answers = 0;
    if (role_ == "tool" && content && content->is(json_type::array))
      for (const json_view part : content->elements())
        if (kind_of(part) == part_kind::tool_result) {
          if (answers > 0) out_ += ',';
          begin(part.find("content"), part.find("tool_call_id"), answers++);
          if (const auto failed = part.find("is_error"); failed && failed->is(json_type::boolean) && failed->boolean())
            out_ += ",\"status\":\"error\"";
          out_ += '}';
        }
    if (answers > 0) return;
    begin(content, message_.find("tool_call_id"), 0);
    append_calls();
    out_ += '}';
  }

private:
  void begin(std::optional<json_view> content, std::optional<json_view> answer, std::size_t nth) {
    out_ += "{\"type\":";
    append_json_string(out_, type_of(role_));
    out_ += ",\"content\":";
    append_content(content);
    if (const auto name = message_.find("name")) {
      out_ += ",\"name\":";
      name->append_compact(out_);
    }
    if (answer) {
      out_ += ",\"tool_call_id\":";
      answer->append_compact(out_);
    }
    if (const auto id = text_field(message_, "id")) {
      out_ += ",\"id\":";
      append_json_string(out_, nth == 0 ? *id : *id + ':' + std::to_string(nth));
    }
  }

  void append_content(std::optional<json_view> content) {
    if (!content || content->is(json_type::null)) {
      out_ += "\"\"";
      return;
    }
    if (!content->is(json_type::array)) return content->append_compact(out_);
    const std::size_t start = out_.size();
    out_ += '[';
    for (const json_view part : content->elements()) {
      if (kind_of(part) == part_kind::tool_call && role_ == "assistant") continue; // stands in tool_calls
      if (out_.back() != '[') out_ += ',';
      append_openai_part(out_, part);
    }
    if (out_.size() == start + 1) { // nothing but calls
      out_.resize(start);
      out_ += "\"\"";
    } else {
      out_ += ']';
    }
  }

  void append_calls() {
    if (role_ != "assistant") return;
    const auto calls = calls_of(message_);
    if (calls.empty()) return;
    out_ += ",\"tool_calls\":[";
    for (const stored_call& call : calls) {
      if (&call != &calls.front()) out_ += ',';
      out_ += "{\"name\":";
      append_json_string(out_, call.name);
      out_ += ",\"args\":";
      append_arguments(out_, call.arguments);
      out_ += ",\"id\":";
      append_json_string(out_, call.id);
      out_ += ",\"type\":\"tool_call\"}";
    }
    out_ += ']';
  }

  std::string& out_;
  json_view message_;
  std::string role_;
};

} // namespace

void append_langchain(std::string& out, json_view message) { langchain_shape(out, message).append(); }

} // namespace ropewalk::thread
