#pragma once
// Reading our own records back as a tree, strictly: a field that is missing or of another type makes the
// record corrupt.
//
//   record_fields f{object};
//   completed e{f.number("run"), f.value("result"), f.optional_text("by")};
//   if (f.failed()) return f.error();

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/instant.hpp"
#include "runtime/result.hpp"
#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::workflow {

class record_fields {
public:
  explicit record_fields(const json_value& object) : object_(object) {
    if (!object.is_object()) fail("the record");
  }

  bool has(std::string_view name) const { return object_.is_object() && object_.contains(name); }
  std::string text(std::string_view name) {
    const json_value* v = find(name, &json_value::is_string);
    return v ? v->get<std::string>() : std::string();
  }
  std::string optional_text(std::string_view name) { return has(name) ? text(name) : std::string(); }
  std::uint64_t number(std::string_view name) {
    const json_value* v = find(name, &json_value::is_number_unsigned);
    return v ? v->get<std::uint64_t>() : 0;
  }
  std::uint32_t small_number(std::string_view name) {
    const std::uint64_t n = number(name);
    if (n > 0xFFFF'FFFFu) fail(name);
    return static_cast<std::uint32_t>(n);
  }
  std::optional<std::uint64_t> optional_number(std::string_view name) {
    return has(name) ? std::optional(number(name)) : std::nullopt;
  }
  bool flag(std::string_view name) {
    const json_value* v = find(name, &json_value::is_boolean);
    return v && v->get<bool>();
  }
  instant at(std::string_view name) {
    const std::uint64_t us = number(name);
    if (us > static_cast<std::uint64_t>(INT64_MAX)) fail(name);
    return instant{static_cast<std::int64_t>(us)};
  }
  std::optional<instant> optional_at(std::string_view name) {
    return has(name) ? std::optional(at(name)) : std::nullopt;
  }
  json_value value(std::string_view name) {
    if (!has(name)) return fail(name), json_value();
    return *object_.find(name);
  }
  // An empty object or array stands in for one that is not there.
  const json_value& object(std::string_view name) {
    static const json_value none = json_value::object();
    const json_value* v = find(name, &json_value::is_object);
    return v ? *v : none;
  }
  const json_value& array(std::string_view name) {
    static const json_value none = json_value::array();
    const json_value* v = find(name, &json_value::is_array);
    return v ? *v : none;
  }

  void fail(std::string_view name) {
    if (bad_.empty()) bad_ = name;
  }
  bool failed() const noexcept { return !bad_.empty(); }
  ropewalk::error error() const {
    return {errc::corrupt, "corrupt_record", "a stored record lacks a readable \"" + bad_ + "\"", bad_};
  }

private:
  const json_value* find(std::string_view name, bool (json_value::*is)() const noexcept) {
    if (object_.is_object())
      if (const auto v = object_.find(name); v != object_.end() && ((*v).*is)()) return &*v;
    fail(name);
    return nullptr;
  }

  const json_value& object_;
  std::string bad_;
};

} // namespace ropewalk::workflow
