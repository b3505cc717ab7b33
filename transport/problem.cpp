#include "transport/problem.hpp"

#include <charconv>
#include <cstdint>

#include "runtime/json_text.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/utf8.hpp"
#include "transport/field_rules.hpp"

namespace ropewalk::transport {
namespace {

constexpr std::size_t detail_bytes = 512; // a sentence, not a document
constexpr std::size_t field_bytes = 256;
constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD
constexpr std::string_view ellipsis = "\xE2\x80\xA6";    // U+2026

// Length of the well-formed character at the front, 0 if there is none.
std::size_t character_at(std::string_view bytes) {
  for (std::size_t n = 1; n <= 4 && n <= bytes.size(); ++n)
    if (is_utf8(bytes.substr(0, n))) return n;
  return 0;
}

errc code_of_status(int number) {
  switch (number) {
  case 400: return errc::invalid;
  case 404: return errc::not_found;
  case 409: return errc::conflict;
  case 413: return errc::too_large;
  case 429: return errc::limit;
  case 501: return errc::unsupported;
  case 503: return errc::unavailable;
  case 504: return errc::timeout;
  default: return errc::internal;
  }
}

std::string string_member(json_view object, std::string_view key) {
  const auto v = object.find(key);
  return v && v->is(json_type::string) ? v->string() : std::string{};
}

} // namespace

std::string_view title(errc code) noexcept {
  switch (code) {
  case errc::invalid: return "Invalid request";
  case errc::not_found: return "Not found";
  case errc::conflict: return "Conflict";
  case errc::too_large: return "Too large";
  case errc::limit: return "Limit exceeded";
  case errc::unsupported: return "Unsupported";
  case errc::busy: return "Busy";
  case errc::unavailable: return "Unavailable";
  case errc::timeout: return "Timed out";
  case errc::corrupt: return "Corrupt data";
  case errc::stale_epoch: return "Owner changed";
  case errc::internal: return "Internal error";
  }
  return "Internal error";
}

std::string harmless_text(std::string_view bytes, std::size_t most) {
  if (bytes.size() <= most && is_utf8(bytes) && !has_control_characters(bytes)) return std::string(bytes);
  std::string text;
  while (!bytes.empty()) {
    const std::size_t n = character_at(bytes);
    const bool fit = n != 0 && !has_control_characters(bytes.substr(0, n));
    const std::string_view piece = fit ? bytes.substr(0, n) : replacement;
    if (text.size() + piece.size() > most) return text.append(ellipsis);
    text += piece;
    bytes.remove_prefix(n == 0 ? 1 : n);
  }
  return text;
}

problem to_problem(const error& e) {
  json_writer w;
  w.begin_object();
  w.field("type", std::string(problem_urn) + (e.type.empty() ? std::string(name(e.code)) : e.type));
  w.field("title", title(e.code))
      .field("status", status(e.code))
      .field("detail", harmless_text(e.detail, detail_bytes));
  if (!e.field.empty()) w.field("field", harmless_text(e.field, field_bytes));
  w.field("retryable", retryable(e.code)).end_object();
  return {std::to_string(status(e.code)), title(e.code), std::move(w).take()};
}

error from_problem(std::string_view code, std::string_view body) {
  int number = 0;
  std::from_chars(code.data(), code.data() + code.size(), number);
  error e{code_of_status(number), {}, {}, {}};
  const auto doc = json_document::parse(body, {});
  if (!doc || !doc->root().is(json_type::object)) {
    e.detail = "the service answered with error " + harmless_text(code, field_bytes);
    return e;
  }
  e.detail = string_member(doc->root(), "detail");
  e.field = string_member(doc->root(), "field");
  if (std::string type = string_member(doc->root(), "type"); type.starts_with(problem_urn)) {
    e.type = type.substr(problem_urn.size());
    for (const errc c : {errc::busy, errc::stale_epoch, errc::corrupt}) // share their number with others
      if (e.type == name(c)) e.code = c;
    if (e.type == name(e.code)) e.type.clear();
  }
  return e;
}

} // namespace ropewalk::transport
