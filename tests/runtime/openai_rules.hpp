#pragma once
// Whether a list of messages is one that OpenAI's Chat Completions API takes: written from the API's reference
// with another JSON library, so that a test does not check a shape against itself.

#include <set>
#include <string>

#include <nlohmann/json.hpp>

namespace ropewalk::tests {

namespace openai_rules {
using nlohmann::json;

inline std::string only_keys(const json& object, const std::set<std::string>& allowed) {
  for (const auto& [key, value] : object.items())
    if (!allowed.contains(key)) return "unexpected field " + key;
  return "";
}

// The API's rule: ^[^\s<|\\/>]+$, at most 64 characters. By hand: g++ 12 warns inside of std::regex under ASan.
inline bool is_name(const std::string& name) {
  std::size_t characters = 0;
  for (const unsigned char c : name) characters += (c & 0xC0) != 0x80;
  return characters >= 1 && characters <= 64 && name.find_first_of(" \t\n\v\f\r<|\\/>") == std::string::npos;
}

inline std::string content_fault(const std::string& role, const json& content) {
  if (content.is_string()) return "";
  if (!content.is_array() || content.empty()) return "content is neither text nor parts";
  for (const json& part : content) {
    const std::string type = part.value("type", "");
    if (type == "text" && part.size() == 2 && part.at("text").is_string()) continue;
    if (role != "user") return role + " has a part of type " + type;
    if (type == "image_url" && part.size() == 2 && part.at("image_url").at("url").is_string()) continue;
    if (type == "file" && part.size() == 2 &&
        (part.at("file").contains("file_id") || part.at("file").contains("file_data")))
      continue;
    return "part of type " + type;
  }
  return "";
}

inline std::string call_fault(const json& call) {
  if (call.at("type") != "function" || call.size() != 3) return "a call that is no function";
  const json& f = call.at("function");
  return f.size() == 2 && f.at("name").is_string() && f.at("arguments").is_string() ? "" : "a call's function";
}
} // namespace openai_rules

// "" = valid; otherwise what is wrong and where.
inline std::string openai_fault(const nlohmann::json& messages) {
  using namespace openai_rules;
  std::set<std::string> open; // calls of the assistant message before that wait for their answers
  std::size_t i = 0;
  for (const json& m : messages) {
    const std::string at = "message " + std::to_string(i++) + ": ";
    const std::string role = m.value("role", "");
    std::string fault;
    if (role == "tool") {
      fault = only_keys(m, {"role", "content", "tool_call_id", "name"});
      if (!open.erase(m.value("tool_call_id", ""))) return at + "answers no open call";
    } else {
      if (!open.empty()) return at + "call " + *open.begin() + " is not answered";
      if (role == "assistant") fault = only_keys(m, {"role", "content", "name", "tool_calls"});
      else if (role == "user" || role == "system") fault = only_keys(m, {"role", "content", "name"});
      else return at + "role " + role;
    }
    if (!fault.empty()) return at + fault;
    if (m.contains("name") && !is_name(m.at("name"))) return at + "name";
    if (m.contains("tool_calls")) {
      if (m.at("tool_calls").empty()) return at + "no calls";
      for (const json& call : m.at("tool_calls")) {
        if (!call_fault(call).empty()) return at + call_fault(call);
        if (!open.insert(call.at("id").get<std::string>()).second) return at + "a call id twice";
      }
    }
    if (m.at("content").is_null()) {
      if (role != "assistant" || !m.contains("tool_calls")) return at + "content is null";
    } else if (fault = content_fault(role, m.at("content")); !fault.empty()) {
      return at + fault;
    }
  }
  return open.empty() ? "" : "call " + *open.begin() + " is not answered at the end";
}

} // namespace ropewalk::tests
