#include "cli/session.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "cli/terminal_text.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t least_prefix = 4;     // shorter ones fit too much by accident
constexpr std::size_t most_candidates = 10; // listed in the error
constexpr int pages_for_meaning = 100;      // of 1,000 each, looked through for a prefix
constexpr int pages_for_hint = 10;          // a hint must not take long

// By session::kind.
struct words {
  const char *one, *many, *not_found, *id;
};
constexpr words words_of[] = {{"thread", "threads", "thread_not_found", "id"},
                              {"workflow", "workflows", "workflow_not_found", "id"},
                              {"schedule", "schedules", "schedule_not_found", "name"}};

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
  std::fflush(stdout); // so that it stands behind what was said before, also where both go to one file
  std::fprintf(stderr, "ropewalk: %s\n", many_lines(text, "  ").c_str());
}

result<reply_document> session::ask_exact(kind of, const std::string& id, std::string_view verb, std::string_view body,
                                          std::string_view idempotency_key) {
  if (auto fine = check_name("ID", id); !fine) return fine.error();
  place_.id = id;
  place_.idempotency_key = idempotency_key;
  auto c = client();
  if (!c) return c.error();
  switch (of) {
  case threads: return (*c)->thread(id, verb, body, idempotency_key);
  case workflows: return (*c)->workflow(id, verb, body, idempotency_key);
  case schedules: break;
  }
  return (*c)->schedule(id, verb, body, idempotency_key);
}

result<reply_document> session::ask(kind of, const std::string& id, std::string_view verb, std::string_view body) {
  auto reply = ask_exact(of, id, verb, body, {});
  if (reply || reply.error().type != words_of[of].not_found || id.size() < least_prefix) return reply;
  auto whole = of_prefix(of, id, reply.error());
  if (!whole) return whole.error();
  note(fmt::format("\"{}\" is {} {}", id, words_of[of].one, *whole));
  return ask_exact(of, *whole, verb, body, {});
}

result<reply_document> session::change(kind of, const std::string& id, std::string_view verb, std::string_view body,
                                       std::string_view idempotency_key) {
  auto reply = ask_exact(of, id, verb, body, idempotency_key);
  if (reply || reply.error().type != words_of[of].not_found || id.size() < least_prefix) return reply;
  const auto others = that_begin(of, id, pages_for_hint);
  error e = reply.error();
  if (!others || others->empty()) return e;
  e.detail += others->size() == 1 ? "; did you mean " : fmt::format("; {} that begin so: ", words_of[of].many);
  for (std::size_t i = 0; i < others->size() && i < most_candidates; ++i)
    e.detail += (i > 0 ? ", " : "") + (*others)[i];
  e.detail += others->size() == 1 ? "?" : others->size() > most_candidates ? " and more" : "";
  return e;
}

result<reply_document> session::ask_all(kind of, std::string_view verb, std::string_view body,
                                        std::string_view idempotency_key) {
  place_.idempotency_key = idempotency_key;
  auto c = client();
  if (!c) return c.error();
  switch (of) {
  case threads: return (*c)->threads(verb, body, idempotency_key);
  case workflows: return (*c)->workflows(verb, body, idempotency_key);
  case schedules: break;
  }
  return (*c)->schedules(verb, body);
}

result<std::vector<std::string>> session::that_begin(kind of, const std::string& prefix, int pages) {
  std::vector<std::string> fits;
  std::string cursor;
  for (int page = 0; page < pages; ++page) {
    json_writer w;
    w.begin_object().field("limit", 1000);
    if (!cursor.empty()) w.field("cursor", cursor);
    w.end_object();
    const auto list = ask_all(of, "list", w.text(), {});
    if (!list) return list.error();
    if (const auto found = list->root().find(words_of[of].many))
      for (const json_view t : found->elements())
        // The id itself is no other one: it was deleted meanwhile, or the views are behind.
        if (std::string id = reply_document::text_of(t, words_of[of].id); id.starts_with(prefix) && id != prefix)
          fits.push_back(std::move(id));
    cursor = list->text("next_cursor");
    if (cursor.empty() || fits.size() > most_candidates) break;
  }
  return fits;
}

result<std::string> session::of_prefix(kind of, const std::string& prefix, const error& not_found) {
  const auto found = that_begin(of, prefix, pages_for_meaning);
  if (!found) return found.error();
  const std::vector<std::string>& fits = *found;
  if (fits.empty()) return not_found;
  if (fits.size() == 1) return fits.front();
  std::string detail = fmt::format("\"{}\" fits {} {}:", prefix, fits.size(), words_of[of].many);
  for (std::size_t i = 0; i < fits.size() && i < most_candidates; ++i) detail += "\n" + fits[i];
  if (fits.size() > most_candidates) detail += "\nand more";
  return error{errc::conflict, "ambiguous_prefix", detail, {}};
}

} // namespace ropewalk::cli
