#include "transport/jetstream_answers.hpp"

#include <openssl/evp.h>

#include <charconv>

#include "runtime/json_text.hpp"

namespace ropewalk::transport {
namespace {

constexpr json_limits answer_limits{.max_bytes = 4u << 20, .max_depth = 32, .max_values = 100'000};

std::uint64_t number_or_zero(json_view object, std::string_view name) {
  const auto v = object.find(name);
  const auto n = v && v->is(json_type::number) ? v->integer() : std::nullopt;
  return n && *n > 0 ? static_cast<std::uint64_t>(*n) : 0;
}

std::string text_or_empty(json_view object, std::string_view name) {
  const auto v = object.find(name);
  return v && v->is(json_type::string) ? v->string() : std::string{};
}

// nullopt: not JSON, or an error.
std::optional<json_document> good_answer(std::string_view body) {
  auto parsed = json_document::parse(body, answer_limits);
  if (!parsed || parsed->root().find("error")) return std::nullopt;
  return *std::move(parsed);
}

} // namespace

std::optional<jetstream_problem> problem_in(std::string_view body) {
  const auto parsed = json_document::parse(body, answer_limits);
  if (!parsed) return jetstream_problem{0, "not JSON"};
  const auto e = parsed->root().find("error");
  if (!e) return std::nullopt;
  return jetstream_problem{static_cast<int>(number_or_zero(*e, "err_code")), text_or_empty(*e, "description")};
}

std::optional<std::uint64_t> actual_last(const jetstream_problem& p) {
  if (p.error_code != jetstream_errors::wrong_last_sequence) return std::nullopt;
  const std::string_view text = p.description;
  const std::size_t before = text.rfind(' ');
  if (before == std::string_view::npos) return std::nullopt;
  std::uint64_t last = 0;
  const auto [end, code] = std::from_chars(text.data() + before + 1, text.data() + text.size(), last);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return last;
}

std::optional<std::uint64_t> stored_sequence(std::string_view body) {
  const auto answer = good_answer(body);
  const std::uint64_t sequence = answer ? number_or_zero(answer->root(), "seq") : 0;
  return sequence ? std::optional(sequence) : std::nullopt;
}

std::optional<stream_answer> read_stream_answer(std::string_view body) {
  const auto answer = good_answer(body);
  if (!answer) return std::nullopt;
  const json_view root = answer->root();
  const auto state = root.find("state"), config = root.find("config"), cluster = root.find("cluster");
  if (!state || !config) return std::nullopt;
  stream_answer a;
  a.created = text_or_empty(root, "created");
  if (const auto subjects = config->find("subjects"); subjects && subjects->is(json_type::array) && subjects->size())
    if (const json_view one = *subjects->elements().begin(); one.is(json_type::string)) a.subject = one.string();
  a.has_leader = !cluster || !text_or_empty(*cluster, "leader").empty(); // a single server has no cluster
  a.last = number_or_zero(*state, "last_seq");
  a.has_holes = number_or_zero(*state, "num_deleted") > 0;
  a.first = number_or_zero(*state, "messages") ? number_or_zero(*state, "first_seq") : a.last + 1;
  return a;
}

std::optional<std::uint64_t> message_sequence(std::string_view body) {
  const auto answer = good_answer(body);
  const auto message = answer ? answer->root().find("message") : std::nullopt;
  const std::uint64_t sequence = message ? number_or_zero(*message, "seq") : 0;
  return sequence ? std::optional(sequence) : std::nullopt;
}

// The list is in order of sequence.
std::optional<std::uint64_t> removed_at_end(std::string_view body, std::uint64_t last) {
  const auto answer = good_answer(body);
  const auto state = answer ? answer->root().find("state") : std::nullopt;
  if (!state || number_or_zero(*state, "last_seq") != last) return std::nullopt; // it went on meanwhile
  std::uint64_t run = 0, before = 0; // of sequences one behind the other, and the latest of them
  if (const auto deleted = state->find("deleted"); deleted && deleted->is(json_type::array))
    for (const json_view one : deleted->elements()) {
      const auto sequence = one.is(json_type::number) ? one.integer() : std::nullopt;
      if (!sequence || *sequence <= 0) return std::nullopt;
      run = static_cast<std::uint64_t>(*sequence) == before + 1 ? run + 1 : 1;
      before = static_cast<std::uint64_t>(*sequence);
    }
  return before == last ? run : 0;
}

std::optional<std::string> stored_bytes(std::string_view body) {
  const auto answer = good_answer(body);
  const auto message = answer ? answer->root().find("message") : std::nullopt;
  if (!message) return std::nullopt;
  const std::string text = text_or_empty(*message, "data"); // base64 with its padding; absent of an empty message
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0; // which it decodes as zeros
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::optional<names_page> read_names_page(std::string_view body) {
  const auto answer = good_answer(body);
  if (!answer || !answer->root().find("total")) return std::nullopt;
  names_page page{number_or_zero(answer->root(), "total"), {}};
  if (const auto names = answer->root().find("streams"); names && names->is(json_type::array))
    for (const json_view name : names->elements())
      if (name.is(json_type::string)) page.names.push_back(name.string());
  return page;
}

} // namespace ropewalk::transport
