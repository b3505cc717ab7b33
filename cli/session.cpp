#include "cli/session.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "cli/terminal_text.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t least_prefix = 4;     // shorter ones fit too much by accident
constexpr std::size_t most_candidates = 10; // listed in the error
constexpr int pages_for_meaning = 100;      // of 1,000 threads, looked through for a prefix
constexpr int pages_for_hint = 10;          // a hint must not take long

} // namespace

result<wire_client*> session::client() {
  if (!client_) {
    if (!endpoint_) return endpoint_.error();
    auto made = wire_client::connect(*endpoint_);
    if (!made) return made.error();
    client_ = *std::move(made);
  }
  return client_.get();
}

void session::note(std::string_view text) const {
  std::fprintf(stderr, "ropewalk: %s\n", many_lines(text, "  ").c_str());
}

result<reply_document> session::ask_exact_thread(const std::string& id, std::string_view verb, std::string_view body,
                                                 std::string_view idempotency_key) {
  if (auto fine = check_name("ID", id); !fine) return fine.error();
  place_.thread = id;
  place_.idempotency_key = idempotency_key;
  auto c = client();
  if (!c) return c.error();
  return (*c)->thread(id, verb, body, idempotency_key);
}

result<reply_document> session::ask_thread(const std::string& id, std::string_view verb, std::string_view body) {
  auto reply = ask_exact_thread(id, verb, body);
  if (reply || reply.error().type != "thread_not_found" || id.size() < least_prefix) return reply;
  auto whole = thread_of_prefix(id, reply.error());
  if (!whole) return whole.error();
  note(fmt::format("\"{}\" is thread {}", id, *whole));
  return ask_exact_thread(*whole, verb, body);
}

result<reply_document> session::change_thread(const std::string& id, std::string_view verb, std::string_view body,
                                              std::string_view idempotency_key) {
  auto reply = ask_exact_thread(id, verb, body, idempotency_key);
  if (reply || reply.error().type != "thread_not_found" || id.size() < least_prefix) return reply;
  const auto others = threads_that_begin(id, pages_for_hint);
  error e = reply.error();
  if (!others || others->empty()) return e;
  e.detail += others->size() == 1 ? "; did you mean " : "; threads that begin so: ";
  for (std::size_t i = 0; i < others->size() && i < most_candidates; ++i)
    e.detail += (i > 0 ? ", " : "") + (*others)[i];
  e.detail += others->size() == 1 ? "?" : others->size() > most_candidates ? " and more" : "";
  return e;
}

result<reply_document> session::ask_threads(std::string_view verb, std::string_view body,
                                            std::string_view idempotency_key) {
  place_.idempotency_key = idempotency_key;
  auto c = client();
  if (!c) return c.error();
  return (*c)->threads(verb, body, idempotency_key);
}

result<std::vector<std::string>> session::threads_that_begin(const std::string& prefix, int pages) {
  std::vector<std::string> fits;
  std::string cursor;
  for (int page = 0; page < pages; ++page) {
    json_writer w;
    w.begin_object().field("limit", 1000);
    if (!cursor.empty()) w.field("cursor", cursor);
    w.end_object();
    const auto list = ask_threads("list", w.text());
    if (!list) return list.error();
    if (const auto threads = list->root().find("threads"))
      for (const json_view t : threads->elements())
        if (std::string id = reply_document::text_of(t, "id"); id.starts_with(prefix)) fits.push_back(std::move(id));
    cursor = list->text("next_cursor");
    if (cursor.empty() || fits.size() > most_candidates) break;
  }
  return fits;
}

result<std::string> session::thread_of_prefix(const std::string& prefix, const error& not_found) {
  const auto found = threads_that_begin(prefix, pages_for_meaning);
  if (!found) return found.error();
  const std::vector<std::string>& fits = *found;
  if (fits.empty()) return not_found;
  if (fits.size() == 1) return fits.front();
  std::string detail = fmt::format("\"{}\" fits {} threads:", prefix, fits.size());
  for (std::size_t i = 0; i < fits.size() && i < most_candidates; ++i) detail += "\n" + fits[i];
  if (fits.size() > most_candidates) detail += "\nand more";
  return error{errc::conflict, "ambiguous_prefix", detail, {}};
}

} // namespace ropewalk::cli
