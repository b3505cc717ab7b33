#include "runtime/thread/shape_parts.hpp"

#include "runtime/json_writer.hpp"

namespace ropewalk::thread {

part_kind kind_of(json_view part) {
  const auto type = text_field(part, "type");
  if (!type) return part_kind::other;
  if (*type == "text" && text_field(part, "text")) return part_kind::text;
  if (*type == "image" && (part.find("url") || part.find("data"))) return part_kind::image;
  if (*type == "image_url" && part.find("image_url")) return part_kind::image_url;
  if (*type == "file") return part_kind::file;
  if (*type == "tool_call" && part.find("id") && part.find("name") && part.find("arguments"))
    return part_kind::tool_call;
  if (*type == "tool_result" && part.find("tool_call_id") && part.find("content")) return part_kind::tool_result;
  return part_kind::other;
}

std::optional<std::string> text_field(json_view object, std::string_view name) {
  const auto v = object.find(name);
  return v && v->is(json_type::string) ? std::optional(v->string()) : std::nullopt;
}

namespace {

std::string text_or_json(std::optional<json_view> v) {
  if (!v) return {};
  return v->is(json_type::string) ? v->string() : v->compact();
}

std::string image_as_text(json_view part) {
  if (const auto url = text_field(part, "url")) return "[image: " + *url + "]";
  return "[image: " + text_field(part, "media_type").value_or("inline") + "]";
}

std::string image_url_as_text(json_view part) {
  const auto image = part.find("image_url");
  const std::string url = image ? text_field(*image, "url").value_or("") : "";
  return url.starts_with("data:") ? "[image: " + url.substr(5, url.find_first_of(";,") - 5) + "]"
                                  : "[image: " + url + "]";
}

std::string file_as_text(json_view part) {
  const json_view file = part.find("file").value_or(part);
  std::string text;
  for (const std::string_view field : {"name", "filename", "media_type", "url", "file_id"})
    if (const auto value = text_field(file, field)) text += (text.empty() ? "" : ", ") + *value;
  return "[file: " + (text.empty() ? std::string("inline") : text) + "]";
}

} // namespace

std::vector<stored_call> calls_of(json_view message) {
  std::vector<stored_call> calls;
  if (const auto listed = message.find("tool_calls"); listed && listed->is(json_type::array))
    for (const json_view call : listed->elements())
      if (const auto function = call.find("function"))
        calls.push_back({text_field(call, "id").value_or(""), text_field(*function, "name").value_or(""),
                         text_or_json(function->find("arguments"))});
  if (const auto content = message.find("content"); content && content->is(json_type::array))
    for (const json_view part : content->elements())
      if (kind_of(part) == part_kind::tool_call)
        calls.push_back(
            {text_or_json(part.find("id")), text_or_json(part.find("name")), text_or_json(part.find("arguments"))});
  return calls;
}

std::string part_as_text(json_view part) {
  switch (kind_of(part)) {
  case part_kind::text: return *text_field(part, "text");
  case part_kind::image: return image_as_text(part);
  case part_kind::image_url: return image_url_as_text(part);
  case part_kind::file: return file_as_text(part);
  case part_kind::tool_call:
    return "[tool call " + text_or_json(part.find("name")) + ": " + text_or_json(part.find("arguments")) + "]";
  case part_kind::tool_result: return content_as_text(*part.find("content"));
  case part_kind::other: return part.compact();
  }
  return {};
}

std::string content_as_text(json_view content) {
  if (content.is(json_type::string)) return content.string();
  if (content.is(json_type::null)) return {};
  if (!content.is(json_type::array)) return content.compact();
  std::string text;
  bool first = true;
  for (const json_view part : content.elements()) {
    if (!first) text += '\n';
    first = false;
    text += part_as_text(part);
  }
  return text;
}

namespace {

void append_text_part(std::string& out, std::string_view text) {
  out += "{\"type\":\"text\",\"text\":";
  append_json_string(out, text);
  out += '}';
}

void append_image(std::string& out, json_view part) {
  out += "{\"type\":\"image_url\",\"image_url\":{\"url\":";
  if (const auto url = text_field(part, "url")) append_json_string(out, *url);
  else
    append_json_string(out, "data:" + text_field(part, "media_type").value_or("application/octet-stream") + ";base64," +
                                text_field(part, "data").value_or(""));
  if (const auto detail = text_field(part, "detail")) {
    out += ",\"detail\":";
    append_json_string(out, *detail);
  }
  out += "}}";
}

void append_file(std::string& out, json_view part) {
  if (part.find("file")) {
    part.append_compact(out);
    return;
  }
  const auto id = text_field(part, "file_id"), data = text_field(part, "data"), name = text_field(part, "name");
  if (!id && !data) return append_text_part(out, file_as_text(part)); // OpenAI's messages take no file by URL
  out += id ? "{\"type\":\"file\",\"file\":{\"file_id\":" : "{\"type\":\"file\",\"file\":{\"file_data\":";
  if (id) append_json_string(out, *id);
  else
    append_json_string(out, "data:" + text_field(part, "media_type").value_or("application/octet-stream") + ";base64," +
                                *data);
  if (name) {
    out += ",\"filename\":";
    append_json_string(out, *name);
  }
  out += "}}";
}

} // namespace

void append_openai_part(std::string& out, json_view part) {
  switch (kind_of(part)) {
  case part_kind::text:
  case part_kind::image_url: return part.append_compact(out);
  case part_kind::image: return append_image(out, part);
  case part_kind::file: return append_file(out, part);
  case part_kind::tool_call:
  case part_kind::tool_result:
  case part_kind::other: return append_text_part(out, part_as_text(part));
  }
}

} // namespace ropewalk::thread
