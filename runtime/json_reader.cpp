// Checks a document once, from its first byte to its last, and writes one node a value onto a tape.
//
// Nesting costs no stack: while a container is open its node's `next` holds the index of the container
// around it, and `end` the white space seen before it; both get their real meaning when it closes. The same
// links give an error its path. Nothing here is quadratic: a key is compared with the keys before it only
// while the object is small, a large object's keys are sorted by hash, then by text, when it closes.

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "runtime/byte_scan.hpp"
#include "runtime/json_escape.hpp"
#include "runtime/json_number.hpp"
#include "runtime/json_text.hpp"

namespace ropewalk {
namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t compared_keys = 16; // beyond it sorting is cheaper than comparing pairs
constexpr std::size_t path_key_bytes = 64;  // a path is for people: longer keys are cut

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string hex_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return {'0', 'x', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
}

} // namespace

class json_document::reader {
public:
  reader(std::string_view bytes, const json_limits& limits)
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()), limits_(limits) {
    nodes_.reserve(std::min<std::size_t>({bytes.size() / 6 + 8, 1024, limits.max_values}));
  }

  bool run();
  std::vector<node>&& nodes() && { return std::move(nodes_); }
  ropewalk::error&& error() && { return std::move(error_); }

private:
  // What the path of an error names.
  enum class place : std::uint8_t { container, member };

  bool value();
  bool key();
  bool open(json_type type);
  void close();
  bool string(place where);
  bool escape(std::uint32_t& saved, place where);
  bool number();
  bool literal(std::string_view word, json_type type);
  bool unexpected_value();
  bool push(const char* from, json_type type, std::uint32_t count, bool plain);
  bool unique_among_few();
  bool unique_among_many(std::uint32_t object);

  void skip_white() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_, ++white_;
  }
  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }
  bool in_object() const { return nodes_[open_].type == json_type::object; }
  std::string_view inner(std::uint32_t string_node) const {
    const node& n = nodes_[string_node];
    return {begin_ + n.begin + 1, n.end - n.begin - 2u};
  }
  std::string unescaped(std::uint32_t string_node) const {
    return nodes_[string_node].plain ? std::string(inner(string_node)) : json_escape::unescape(inner(string_node));
  }

  bool fail(errc code, place where, const char* at, std::string rule);
  bool fail(place where, const char* at, std::string rule) { return fail(errc::invalid, where, at, std::move(rule)); }
  std::string path(place where) const;
  void append_step(std::string& out, std::uint32_t container, std::uint32_t key) const;
  std::string found(const char* at) const {
    if (at == end_) return "the text ends";
    const bool visible = *at > ' ' && *at < 0x7F;
    return "found " + (visible ? std::string{'\'', *at, '\''} : "byte " + hex_byte(*at));
  }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  const json_limits& limits_;
  std::vector<node> nodes_;
  std::uint32_t open_ = none; // innermost open container
  std::uint32_t depth_ = 0;
  std::uint32_t white_ = 0; // bytes of white space so far
  ropewalk::error error_;
};

bool json_document::reader::run() {
  if (std::string_view(begin_, offset(end_)).starts_with("\xEF\xBB\xBF"))
    return fail(place::container, at_, "the text must not begin with a byte order mark");
  skip_white();
  if (at_ == end_) return fail(place::container, at_, "a JSON value is expected, the text is empty");
  if (!value()) return false;
  while (open_ != none) {
    // A container is open; at_ stands behind its opening bracket, or behind an element or member.
    const bool object = in_object();
    const char closing = object ? '}' : ']';
    skip_white();
    const bool first = nodes_[open_].count == 0;
    if (at_ != end_ && *at_ == closing) {
      if (object && nodes_[open_].count > compared_keys && !unique_among_many(open_)) return false;
      close();
      continue;
    }
    if (!first) {
      if (at_ == end_ || *at_ != ',')
        return fail(place::container, at_, std::string("',' or '") + closing + "' is expected, " + found(at_));
      ++at_;
      skip_white();
    }
    if (object && !key()) return false;
    ++nodes_[open_].count;
    if (!value()) return false;
  }
  skip_white();
  if (at_ != end_) return fail(place::container, at_, "nothing may stand behind the value, " + found(at_));
  return true;
}

// A scalar is read whole; of a container only the opening bracket, the loop of run() goes on inside.
inline bool json_document::reader::value() {
  if (at_ == end_) return unexpected_value();
  switch (*at_) {
  case '"': return string(place::member);
  case '{': return open(json_type::object);
  case '[': return open(json_type::array);
  case 't': return literal("true", json_type::boolean);
  case 'f': return literal("false", json_type::boolean);
  case 'n': return literal("null", json_type::null);
  case '-':
  case '0':
  case '1':
  case '2':
  case '3':
  case '4':
  case '5':
  case '6':
  case '7':
  case '8':
  case '9': return number();
  default: return unexpected_value();
  }
}

bool json_document::reader::unexpected_value() {
  return fail(place::member, at_, "a JSON value is expected, " + found(at_));
}

bool json_document::reader::open(json_type type) {
  if (depth_ == limits_.max_depth)
    return fail(place::member, at_, "nesting may be at most " + std::to_string(limits_.max_depth) + " deep");
  const char* const from = at_++;
  if (!push(from, type, 0, false)) return false;
  nodes_.back().next = open_;
  nodes_.back().end = white_;
  open_ = static_cast<std::uint32_t>(nodes_.size() - 1);
  ++depth_;
  return true;
}

inline void json_document::reader::close() {
  node& n = nodes_[open_];
  n.plain = n.end == white_;
  n.end = offset(++at_);
  open_ = std::exchange(n.next, static_cast<std::uint32_t>(nodes_.size()));
  --depth_;
}

inline bool json_document::reader::push(const char* from, json_type type, std::uint32_t count, bool plain) {
  if (nodes_.size() == limits_.max_values) [[unlikely]]
    return fail(errc::too_large, place::container, from,
                "a document may hold at most " + std::to_string(limits_.max_values) + " values and keys");
  nodes_.push_back({offset(from), offset(at_), static_cast<std::uint32_t>(nodes_.size() + 1), count, type, plain});
  return true;
}

inline bool json_document::reader::key() {
  if (at_ == end_ || *at_ != '"') [[unlikely]]
    return fail(place::container, at_, "a key in quotes is expected, " + found(at_));
  if (!string(place::container)) return false;
  if (nodes_[open_].count < compared_keys && !unique_among_few()) return false;
  skip_white();
  if (at_ == end_ || *at_ != ':') [[unlikely]]
    return fail(place::member, at_, "':' is expected behind a key, " + found(at_));
  ++at_;
  skip_white();
  return true;
}

// at_ stands on the opening quote.
bool json_document::reader::string(place where) {
  const char* const from = at_++;
  std::uint32_t saved = 0; // bytes that escapes take beyond what they stand for
  bool plain = true;
  while (true) {
    at_ = skip_plain_ascii(at_, end_);
    if (at_ == end_) [[unlikely]]
      return fail(where, from, "the string that begins here has no closing quote");
    const auto c = static_cast<unsigned char>(*at_);
    if (c == '"') break;
    if (c == '\\') {
      plain = false;
      if (!escape(saved, where)) return false;
    } else if (c < 0x20) {
      return fail(where, at_, "control character " + hex_byte(*at_) + " in a string; it must be escaped");
    } else {
      do {
        const std::size_t length = utf8_character_bytes(at_, end_);
        if (length == 0) return fail(where, at_, "byte " + hex_byte(*at_) + " is not UTF-8 here");
        at_ += length;
      } while (at_ != end_ && static_cast<unsigned char>(*at_) >= 0x80);
    }
  }
  ++at_;
  return push(from, json_type::string, offset(at_) - offset(from) - 2 - saved, plain);
}

// at_ stands on the backslash.
bool json_document::reader::escape(std::uint32_t& saved, place where) {
  const char* const from = at_;
  if (end_ - at_ < 2) return fail(where, from, "the text ends within an escape");
  if (at_[1] != 'u') {
    if (json_escape::simple(at_[1]) == 0)
      return fail(where, from, R"(after a backslash one of "\/bfnrtu is expected, )" + found(at_ + 1));
    at_ += 2;
    saved += 1;
    return true;
  }
  const auto unit_at = [this](std::ptrdiff_t i) { return end_ - at_ < i + 6 ? -1 : json_escape::hex4(at_ + i + 2); };
  const std::int32_t unit = unit_at(0);
  if (unit < 0) return fail(where, from, "\\u must be followed by four hexadecimal digits");
  if (unit == 0) return fail(where, from, "\\u0000 is not allowed in a string");
  if (json_escape::is_low_surrogate(unit))
    return fail(where, from, "a low surrogate without a high one before it stands for no character");
  if (json_escape::is_high_surrogate(unit)) {
    const bool pair = end_ - at_ >= 12 && at_[6] == '\\' && at_[7] == 'u' && json_escape::is_low_surrogate(unit_at(6));
    if (!pair) return fail(where, from, "a high surrogate without a low one behind it stands for no character");
    at_ += 12;
    saved += 12 - 4;
    return true;
  }
  at_ += 6;
  saved += 6 - (unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3);
  return true;
}

bool json_document::reader::number() {
  const char* const from = at_;
  const auto digits = [this] {
    const char* const first = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != first;
  };
  if (*at_ == '-') ++at_;
  const char* const first_digit = at_;
  if (!digits()) return fail(place::member, at_, "a digit is expected in a number, " + found(at_));
  if (*first_digit == '0' && at_ - first_digit > 1)
    return fail(place::member, from, "a number must not have leading zeros");
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!digits()) return fail(place::member, at_, "a digit is expected behind a decimal point, " + found(at_));
  }
  const bool exponent = at_ != end_ && (*at_ == 'e' || *at_ == 'E');
  if (exponent) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!digits()) return fail(place::member, at_, "a digit is expected in an exponent, " + found(at_));
  }
  const std::string_view text(from, static_cast<std::size_t>(at_ - from));
  if (exponent || text.size() > double_digits) {
    if (overflows_double(text)) return fail(place::member, from, "the number is too large for a double");
  }
  return push(from, json_type::number, 0, true);
}

bool json_document::reader::literal(std::string_view word, json_type type) {
  const char* const from = at_;
  if (!std::string_view(at_, offset(end_) - offset(at_)).starts_with(word)) return unexpected_value();
  at_ += word.size();
  return push(from, type, 0, true);
}

// The key just read against the open object's earlier ones.
inline bool json_document::reader::unique_among_few() {
  const auto last = static_cast<std::uint32_t>(nodes_.size() - 1);
  const node& key = nodes_[last];
  for (std::uint32_t at = open_ + 1; at != last; at = nodes_[at + 1].next) {
    const node& other = nodes_[at];
    if (other.count != key.count) continue;
    const bool same = key.plain && other.plain ? inner(at) == inner(last) : unescaped(at) == unescaped(last);
    if (same) return fail(place::member, begin_ + key.begin, "the key stands twice in this object");
  }
  return true;
}

bool json_document::reader::unique_among_many(std::uint32_t object) {
  struct hashed_key {
    std::size_t hash;
    std::uint32_t key;
  };
  std::vector<hashed_key> keys;
  keys.reserve(nodes_[object].count);
  const std::hash<std::string_view> hash;
  for (auto at = object + 1; at != nodes_.size(); at = nodes_[at + 1].next)
    keys.push_back({nodes_[at].plain ? hash(inner(at)) : hash(unescaped(at)), at});
  // Equal hashes are told apart by text, so that chosen collisions cost no more than other keys.
  const auto compare_text = [this](std::uint32_t a, std::uint32_t b) {
    return nodes_[a].plain && nodes_[b].plain ? inner(a).compare(inner(b)) : unescaped(a).compare(unescaped(b));
  };
  std::sort(keys.begin(), keys.end(), [&](const hashed_key& a, const hashed_key& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    const int order = compare_text(a.key, b.key);
    return order != 0 ? order < 0 : a.key < b.key;
  });
  std::uint32_t twice = none; // the first repetition in the text
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (keys[i].hash == keys[i - 1].hash && compare_text(keys[i].key, keys[i - 1].key) == 0)
      twice = std::min(twice, keys[i].key);
  if (twice == none) return true;
  fail(place::container, begin_ + nodes_[twice].begin, "the key stands twice in this object");
  append_step(error_.field, object, twice);
  return false;
}

bool json_document::reader::fail(errc code, place where, const char* at, std::string rule) {
  error_ = {code, {}, std::move(rule) + ", at byte " + std::to_string(offset(at)), path(where)};
  return false;
}

// Follows the links of the open containers outwards, then writes the steps inwards.
std::string json_document::reader::path(place where) const {
  if (open_ == none) return {};
  std::vector<std::uint32_t> containers; // innermost first
  for (std::uint32_t c = open_; c != none; c = nodes_[c].next) containers.push_back(c);
  std::string out;
  for (std::size_t i = containers.size() - 1; i > 0; --i) append_step(out, containers[i], containers[i - 1] - 1);
  if (where == place::member) append_step(out, open_, static_cast<std::uint32_t>(nodes_.size() - 1));
  return out;
}

// The container's current element or, of an object, the member with that key.
void json_document::reader::append_step(std::string& out, std::uint32_t container, std::uint32_t key) const {
  if (nodes_[container].type == json_type::array) {
    out += '[' + std::to_string(nodes_[container].count - 1) + ']';
    return;
  }
  if (!out.empty()) out += '.';
  std::string name = unescaped(key);
  if (name.size() > path_key_bytes) {
    std::size_t cut = path_key_bytes;
    while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xC0) == 0x80) --cut;
    name.resize(cut);
    name += "...";
  }
  out += name;
}

result<json_document> json_document::parse(std::string_view bytes, const json_limits& limits) {
  // Offsets have 32 bits.
  const std::size_t max_bytes = std::min<std::size_t>(limits.max_bytes, std::numeric_limits<std::uint32_t>::max() - 1);
  if (bytes.size() > max_bytes)
    return error{errc::too_large,
                 {},
                 "the text has " + std::to_string(bytes.size()) + " bytes, at most " + std::to_string(max_bytes) +
                     " are allowed",
                 {}};
  reader read(bytes, limits);
  if (!read.run()) return std::move(read).error();
  json_document document;
  document.bytes_ = bytes;
  document.nodes_ = std::move(read).nodes();
  return document;
}

} // namespace ropewalk
