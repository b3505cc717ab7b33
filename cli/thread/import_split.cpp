#include "cli/thread/import_split.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

#include <fmt/format.h>

#include "cli/usage.hpp"
#include "runtime/hex.hpp"
#include "runtime/json_fields.hpp"
#include "runtime/json_text.hpp"

namespace ropewalk::cli {
namespace {

bool blank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

bool is_header(std::string_view line) {
  const auto doc = json_document::parse(line, record_limits);
  return doc && doc->root().is(json_type::object) && doc->root().find("ropewalk").has_value();
}

std::vector<import_piece> split_lines(std::string_view text, const import_bounds& bounds) {
  std::vector<import_piece> pieces;
  bool header_possible = true;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (blank(line)) continue;
    const bool header = header_possible && is_header(line);
    header_possible = false;
    const bool full = pieces.empty() || pieces.back().messages == bounds.messages ||
                      (pieces.back().messages > 0 && pieces.back().data.size() + line.size() + 1 > bounds.bytes);
    if (full) pieces.push_back({.data = {}, .messages = 0, .first_line = number});
    (pieces.back().data += line) += '\n';
    if (!header) ++pieces.back().messages;
  }
  return pieces;
}

result<std::vector<import_piece>> split_array(std::string_view text, const import_bounds& bounds) {
  const auto doc = json_document::parse(text, record_limits);
  if (!doc) return bad_usage("FILE", "is not JSON: " + doc.error().detail);
  json_view list = doc->root();
  if (list.is(json_type::object)) {
    for (const json_member m : list.members())
      if (m.key != "messages")
        return bad_usage("FILE", "has \"" + m.key + "\" beside \"messages\", which import cannot keep");
    const auto messages = list.find("messages");
    if (!messages) return bad_usage("FILE", "has no \"messages\"");
    list = *messages;
  }
  if (!list.is(json_type::array)) return bad_usage("FILE", "must be an array of messages");
  std::vector<import_piece> pieces;
  for (const json_view message : list.elements()) {
    const std::string one = message.compact();
    const bool full = pieces.empty() || pieces.back().messages == bounds.messages ||
                      pieces.back().data.size() + one.size() + 2 > bounds.bytes;
    if (full) pieces.push_back({.data = "[", .messages = 0, .first_line = 1});
    if (pieces.back().messages++ > 0) pieces.back().data += ',';
    pieces.back().data += one;
  }
  for (import_piece& p : pieces) p.data += ']';
  return pieces;
}

} // namespace

std::string_view name(import_kind kind) noexcept { return kind == import_kind::jsonl ? "jsonl" : "openai"; }

std::optional<import_kind> parse_import_kind(std::string_view text) noexcept {
  if (text == "jsonl") return import_kind::jsonl;
  if (text == "openai") return import_kind::openai;
  return std::nullopt;
}

import_kind guess_import_kind(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return import_kind::jsonl;
  if (text[start] == '[') return import_kind::openai;
  // {"messages": ...} over one or several lines; a line of ours is an object, too, but has a role or a
  // header.
  const std::string_view line = text.substr(start, std::min(text.find('\n', start), text.size()) - start);
  const auto first = json_document::parse(line, record_limits);
  if (!first) return import_kind::openai;
  return first->root().find("messages") ? import_kind::openai : import_kind::jsonl;
}

result<std::vector<import_piece>> split_import(std::string_view text, import_kind kind, const import_bounds& bounds) {
  if (kind == import_kind::openai) return split_array(text, bounds);
  return split_lines(text, bounds);
}

std::string import_digest(std::string_view text, import_kind kind, std::string_view salt) {
  std::string all = fmt::format("ropewalk import 1\n{}\n{}\n", name(kind), salt);
  all += text;
  std::array<std::uint8_t, 32> hash{};
  unsigned size = 0;
  EVP_Digest(all.data(), all.size(), hash.data(), &size, EVP_sha256(), nullptr);
  return to_hex(hash).substr(0, 32);
}

std::string import_header(std::string_view text, import_kind kind) {
  if (kind == import_kind::openai) return "[]";
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  const std::string_view line = text.substr(start, text.find('\n', start) - start);
  return is_header(line) ? std::string(line) + '\n' : std::string{};
}

std::string import_key(std::string_view digest, std::size_t number) {
  return fmt::format("import-{}-{}", digest, number);
}

} // namespace ropewalk::cli
