#pragma once
// Strict reading of JSON that came from outside, without changing it.
//
// A document is checked once, whole: one value, RFC 8259, valid UTF-8, no duplicate keys, no NUL (raw or
// \u0000), no lone surrogate escape, numbers that a double can hold, bounded depth and size. After that the
// values are views into the given bytes: what is an agent's own (metadata, parts) is kept as the bytes that
// came, only without insignificant white space.
//
//   auto doc = json_document::parse(bytes, {.max_bytes = 1 << 20, .max_depth = 64});
//   if (!doc) return doc.error();                       // names the place: field "metadata.a[3]"
//   for (json_member m : doc->root().members()) ...
//
// The parser does not recurse. The document must outlive its views; the bytes must outlive the document.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"

namespace ropewalk {

enum class json_type : std::uint8_t { null, boolean, number, string, array, object };
std::string_view name(json_type type) noexcept; // "an object", for messages: "a string"

struct json_limits {
  std::size_t max_bytes = 1 << 20;
  std::uint32_t max_depth = 64;
  std::uint32_t max_values = 100'000; // nodes of all kinds; bounds the work of one request (I10)
};

class json_document;

class json_view {
public:
  json_type type() const noexcept;
  bool is(json_type t) const noexcept { return type() == t; }
  // The value's bytes as they came, white space inside included.
  std::string_view raw() const noexcept;
  // Appends the value without insignificant white space; strings and numbers stay byte for byte.
  void append_compact(std::string& out) const;
  std::string compact() const;

  bool boolean() const noexcept; // type must be boolean
  std::string string() const;    // unescaped; type must be string
  // Unescaped text without a copy if the string has no escapes.
  std::optional<std::string_view> plain_string() const noexcept;
  std::size_t string_bytes() const noexcept; // length of the unescaped text in bytes
  // The number as an integer, if it is written as one (no fraction, no exponent) and fits.
  std::optional<std::int64_t> integer() const noexcept;
  double number() const noexcept;

  std::size_t size() const noexcept; // members or elements; 0 for scalars
  // Member by (unescaped) name; nullopt if absent or not an object.
  std::optional<json_view> find(std::string_view key) const noexcept;

  class iterator;
  struct range;
  range elements() const noexcept; // of an array
  class member_iterator;
  struct member_range;
  member_range members() const noexcept; // of an object, in the order written

private:
  friend class json_document;
  json_view(const json_document* doc, std::uint32_t node) : doc_(doc), node_(node) {}
  std::string_view inner() const noexcept; // a string's bytes between its quotes
  const json_document* doc_;
  std::uint32_t node_;
};

struct json_member {
  std::string key; // unescaped
  json_view value;
};

// Details of the node tape stand in json_reader.cpp; the iterators walk it by next-sibling links.
class json_document {
public:
  // Error: errc::too_large (bytes, values) or errc::invalid (all else) with field = path of the place
  // ("metadata.tags[2]", "" = the whole) and the byte's offset in the detail.
  static result<json_document> parse(std::string_view bytes, const json_limits& limits);
  json_view root() const noexcept { return {this, 0}; }

private:
  friend class json_view;
  class reader; // json_reader.cpp
  struct node {
    std::uint32_t begin; // first byte
    std::uint32_t end;   // one behind the last byte
    std::uint32_t next;  // node behind this value's whole subtree
    std::uint32_t count; // members or elements; for strings: unescaped length
    json_type type;
    bool plain; // a string without escapes; a container without white space inside
  };
  std::string_view bytes_;
  std::vector<node> nodes_; // an object's members lie as key node, value node, key node, ...
};

class json_view::iterator {
public:
  iterator(const json_document* doc, std::uint32_t node) : doc_(doc), node_(node) {}
  json_view operator*() const noexcept { return {doc_, node_}; }
  iterator& operator++() noexcept;
  bool operator!=(const iterator& other) const noexcept { return node_ != other.node_; }

private:
  const json_document* doc_;
  std::uint32_t node_;
};

struct json_view::range {
  iterator first, last;
  iterator begin() const { return first; }
  iterator end() const { return last; }
};

class json_view::member_iterator {
public:
  member_iterator(const json_document* doc, std::uint32_t node) : doc_(doc), node_(node) {}
  json_member operator*() const;
  member_iterator& operator++() noexcept;
  bool operator!=(const member_iterator& other) const noexcept { return node_ != other.node_; }

private:
  const json_document* doc_;
  std::uint32_t node_;
};

struct json_view::member_range {
  member_iterator first, last;
  member_iterator begin() const { return first; }
  member_iterator end() const { return last; }
};

} // namespace ropewalk
