#include "runtime/json_text.hpp"

#include <charconv>

#include "runtime/invariant.hpp"
#include "runtime/json_escape.hpp"

namespace ropewalk {

std::string_view name(json_type type) noexcept {
  switch (type) {
  case json_type::null: return "null";
  case json_type::boolean: return "a boolean";
  case json_type::number: return "a number";
  case json_type::string: return "a string";
  case json_type::array: return "an array";
  case json_type::object: return "an object";
  }
  return "unknown";
}

json_type json_view::type() const noexcept { return doc_->nodes_[node_].type; }

std::string_view json_view::raw() const noexcept {
  const auto& n = doc_->nodes_[node_];
  return {doc_->bytes_.data() + n.begin, n.end - n.begin};
}

std::string_view json_view::inner() const noexcept {
  const std::string_view quoted = raw();
  return quoted.substr(1, quoted.size() - 2);
}

// White space stands only between tokens, so strings are copied whole and what lies between them is sieved.
void json_view::append_compact(std::string& out) const {
  const auto& self = doc_->nodes_[node_];
  const bool container = self.type == json_type::array || self.type == json_type::object;
  if (!container || self.plain) {
    out += raw();
    return;
  }
  const auto sieve = [&out, this](std::uint32_t from, std::uint32_t to) {
    for (; from != to; ++from)
      if (const char c = doc_->bytes_[from]; c != ' ' && c != '\n' && c != '\r' && c != '\t') out.push_back(c);
  };
  out.reserve(out.size() + (self.end - self.begin));
  std::uint32_t at = self.begin;
  for (std::uint32_t i = node_ + 1; i != self.next; ++i) {
    const auto& n = doc_->nodes_[i];
    if (n.type != json_type::string) continue;
    sieve(at, n.begin);
    out.append(doc_->bytes_.data() + n.begin, n.end - n.begin);
    at = n.end;
  }
  sieve(at, self.end);
}

std::string json_view::compact() const {
  std::string out;
  append_compact(out);
  return out;
}

bool json_view::boolean() const noexcept {
  INVARIANT(is(json_type::boolean), name(type()));
  return raw().front() == 't';
}

std::string json_view::string() const {
  INVARIANT(is(json_type::string), name(type()));
  return doc_->nodes_[node_].plain ? std::string(inner()) : json_escape::unescape(inner());
}

std::optional<std::string_view> json_view::plain_string() const noexcept {
  const auto& n = doc_->nodes_[node_];
  if (n.type != json_type::string || !n.plain) return std::nullopt;
  return inner();
}

std::size_t json_view::string_bytes() const noexcept {
  INVARIANT(is(json_type::string), name(type()));
  return doc_->nodes_[node_].count;
}

std::optional<std::int64_t> json_view::integer() const noexcept {
  if (!is(json_type::number)) return std::nullopt;
  const std::string_view text = raw();
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

double json_view::number() const noexcept {
  INVARIANT(is(json_type::number), name(type()));
  const std::string_view text = raw();
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  // The reader lets no number pass that is too large, so out of range means too small.
  if (parsed.ec != std::errc{}) return text.front() == '-' ? -0.0 : 0.0;
  return value;
}

std::size_t json_view::size() const noexcept {
  const auto& n = doc_->nodes_[node_];
  return n.type == json_type::array || n.type == json_type::object ? n.count : 0;
}

std::optional<json_view> json_view::find(std::string_view key) const noexcept {
  const auto& self = doc_->nodes_[node_];
  if (self.type != json_type::object) return std::nullopt;
  for (std::uint32_t at = node_ + 1; at != self.next; at = doc_->nodes_[at + 1].next) {
    const auto& n = doc_->nodes_[at];
    if (n.count != key.size()) continue;
    const std::string_view text = json_view(doc_, at).inner();
    if (n.plain ? text == key : json_escape::equals(text, key)) return json_view(doc_, at + 1);
  }
  return std::nullopt;
}

json_view::range json_view::elements() const noexcept {
  INVARIANT(is(json_type::array), name(type()));
  return {{doc_, node_ + 1}, {doc_, doc_->nodes_[node_].next}};
}

json_view::member_range json_view::members() const noexcept {
  INVARIANT(is(json_type::object), name(type()));
  return {{doc_, node_ + 1}, {doc_, doc_->nodes_[node_].next}};
}

json_view::iterator& json_view::iterator::operator++() noexcept {
  node_ = doc_->nodes_[node_].next;
  return *this;
}

json_member json_view::member_iterator::operator*() const {
  return {json_view(doc_, node_).string(), json_view(doc_, node_ + 1)};
}

json_view::member_iterator& json_view::member_iterator::operator++() noexcept {
  node_ = doc_->nodes_[node_ + 1].next;
  return *this;
}

} // namespace ropewalk
