#include "cli/contexts.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "cli/file_text.hpp"
#include "cli/usage.hpp"
#include "cli/user_directories.hpp"
#include "runtime/json_text.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t contexts_bytes = 1 << 20;

using member = std::optional<std::string> endpoint_choice::*;
constexpr std::pair<std::string_view, member> members[] = {
    {"url", &endpoint_choice::url},
    {"org", &endpoint_choice::org},
    {"prefix", &endpoint_choice::prefix},
    {"nats_user", &endpoint_choice::nats_user},
    {"nats_password_file", &endpoint_choice::nats_password_file},
    {"creds_file", &endpoint_choice::creds_file},
    {"tls_ca", &endpoint_choice::tls_ca},
    {"tls_cert", &endpoint_choice::tls_cert},
    {"tls_key", &endpoint_choice::tls_key},
};

result<endpoint_choice> parse_context(json_view value, const std::string& place) {
  if (!value.is(json_type::object)) return bad_usage(place, "a context must be an object");
  endpoint_choice c;
  for (const json_member m : value.members()) {
    const auto* known =
        std::find_if(std::begin(members), std::end(members), [&](const auto& k) { return k.first == m.key; });
    if (known == std::end(members)) return bad_usage(place + "." + m.key, "is not a field of a context");
    if (!m.value.is(json_type::string)) return bad_usage(place + "." + m.key, "must be a string");
    c.*known->second = m.value.string();
  }
  return c;
}

} // namespace

std::filesystem::path contexts_file() { return config_directory() / "contexts.json"; }

result<context_book> parse_contexts(std::string_view text) {
  const auto doc = json_document::parse(text, {});
  if (!doc) return doc.error();
  context_book book;
  if (!doc->root().is(json_type::object)) return bad_usage({}, "must be a JSON object");
  for (const json_member m : doc->root().members()) {
    if (m.key == "current" && m.value.is(json_type::string)) book.current = m.value.string();
    else if (m.key == "contexts" && m.value.is(json_type::object)) {
      for (const json_member entry : m.value.members()) {
        auto c = parse_context(entry.value, "contexts." + entry.key);
        if (!c) return c.error();
        book.contexts.emplace(entry.key, *std::move(c));
      }
    } else return bad_usage(m.key, "is not a field of the contexts file");
  }
  return book;
}

result<context_book> load_contexts(const std::filesystem::path& file) {
  const auto text = read_whole(file.string(), contexts_bytes);
  if (!text) return text.error().code == errc::not_found ? result<context_book>(context_book{}) : text.error();
  auto book = parse_contexts(*text);
  if (book) return book;
  error e = book.error();
  e.type = "contexts_file";
  e.detail = file.string() + ": " + e.detail;
  return e;
}

std::string context_json(const endpoint_choice& c, bool with_password) {
  json_writer w;
  w.begin_object();
  for (const auto& [name, at] : members)
    if (c.*at) w.field(name, at == &endpoint_choice::url && !with_password ? url_for_people(*(c.*at)) : *(c.*at));
  w.end_object();
  return std::move(w).take();
}

std::string contexts_json(const context_book& book) {
  json_writer w;
  w.begin_object().field("current", book.current).key("contexts").begin_object();
  for (const auto& [name, c] : book.contexts) w.raw_field(name, context_json(c, true));
  w.end_object().end_object();
  return std::move(w).take();
}

status_result save_contexts(const std::filesystem::path& file, const context_book& book) {
  std::error_code ignored; // creating the file tells what is wrong
  if (std::filesystem::create_directories(file.parent_path(), ignored))
    std::filesystem::permissions(file.parent_path(), std::filesystem::perms::owner_all, ignored);
  auto out = whole_file::create(file, 0600);
  if (!out) return out.error();
  if (auto written = out->write(contexts_json(book) + '\n'); !written) return written;
  return out->keep();
}

status_result check_context_name(std::string_view name) {
  const bool fine = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
  if (fine) return ok();
  return bad_usage("name", "a context's name is 1 to 64 of A-Z a-z 0-9 . _ -");
}

result<endpoint_choice> find_context(const context_book& book, const std::string& name) {
  if (const auto at = book.contexts.find(name); at != book.contexts.end()) return at->second;
  return error{errc::not_found, "context_not_found", "there is no context \"" + name + "\"", {}};
}

} // namespace ropewalk::cli
