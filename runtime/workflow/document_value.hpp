#pragma once
// A value of a document together with its place in it, read by rules. The first rule that is broken is kept
// with the place; what is read after it is not used, so readers need no checks between their lines.
//
//   first_refusal refused;
//   document_value root(json, "", refused);
//   if (auto v = root.require("name")) name = v->identifier(64);
//   if (auto v = root.find("timeout")) timeout_us = v->duration_us();
//   if (refused) return refused.error();               // field "timeout", "must be more than 0"
//
// A value refers to the one it was found in, which must outlive it.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/result.hpp"
#include "runtime/thread/field_place.hpp"
#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::workflow {

// 1 to most_bytes of A-Z a-z 0-9 _ -, and these words.
bool is_identifier(std::string_view text, std::size_t most_bytes) noexcept;
std::string identifier_rule(std::size_t most_bytes);

class first_refusal {
public:
  void add(ropewalk::error e) {
    if (!first_) first_ = std::move(e);
  }
  explicit operator bool() const noexcept { return first_.has_value(); }
  const ropewalk::error& error() const noexcept { return *first_; }

private:
  std::optional<ropewalk::error> first_;
};

class document_value {
public:
  document_value(const json_value& value, std::string_view path, first_refusal& refused)
      : value_(value), place_(path), refused_(refused) {}

  const json_value& json() const noexcept { return value_; }
  void refuse(std::string rule) const { refused_.add(place_.broken(std::move(rule))); }
  // Whether any rule of the document was broken so far.
  bool refused() const noexcept { return static_cast<bool>(refused_); }

  // Members; nullopt also if this is no object. `require` refuses an absent one.
  std::optional<document_value> find(std::string_view field) const;
  std::optional<document_value> require(std::string_view field) const;
  document_value element(std::size_t index) const;
  document_value member(std::string_view field, const json_value& value) const;

  // Refused otherwise.
  bool is_object() const;
  bool is_array(std::size_t least, std::size_t most, std::string_view of) const;
  // The first member that is in neither list is refused as no field of `what` ("a sleep phase").
  void has_only(std::string_view what, std::span<const std::string_view> known,
                std::span<const std::string_view> also = {}) const;

  // Each refuses a value that is not so, and gives an empty one then.
  std::string text(std::size_t most_bytes) const; // may have several lines
  std::string line(std::size_t most_bytes) const; // 1 byte or more, no control characters
  std::string identifier(std::size_t most_bytes) const;
  std::size_t one_of(std::initializer_list<std::string_view> words) const; // the word's index
  std::int64_t whole(std::int64_t least, std::int64_t most) const;
  double number(double least, double most) const;
  bool boolean() const;
  std::int64_t duration_us() const;
  std::string json_pointer() const;

private:
  document_value(const json_value& value, const thread::field_place& place, first_refusal& refused)
      : value_(value), place_(place), refused_(refused) {}
  const std::string* string() const;
  void wrong_type(std::string_view wanted) const;

  const json_value& value_;
  thread::field_place place_;
  first_refusal& refused_;
};

} // namespace ropewalk::workflow
