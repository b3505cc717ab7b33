#pragma once
// Reading our own records back: a field that is missing or of another type makes the record corrupt.
//
//   record_reader r{object};
//   std::string child = r.text("child"); std::uint64_t seq = r.number("seq");
//   if (r.failed()) return r.error();

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/json_text.hpp"

namespace ropewalk {

// Bounds for records that we wrote ourselves: larger than any request, still bounded.
inline constexpr json_limits record_limits{.max_bytes = 256u << 20, .max_depth = 80, .max_values = 50'000'000};

class record_reader {
public:
  explicit record_reader(json_view object) : object_(object) {
    if (!object.is(json_type::object)) fail("the record");
  }
  std::string text(std::string_view name) {
    const auto v = object_.find(name);
    if (!v || !v->is(json_type::string)) return fail(name), std::string{};
    return v->string();
  }
  std::uint64_t number(std::string_view name) {
    const auto v = object_.find(name);
    const auto n = v ? v->integer() : std::nullopt;
    if (!n || *n < 0) return fail(name), 0;
    return static_cast<std::uint64_t>(*n);
  }
  bool has(std::string_view name) const { return object_.find(name).has_value(); }
  std::optional<std::uint64_t> optional_number(std::string_view name) {
    return object_.find(name) ? std::optional(number(name)) : std::nullopt;
  }
  std::string raw(std::string_view name) {
    const auto v = object_.find(name);
    if (!v) return fail(name), std::string{};
    return std::string(v->raw()); // our records are compact already
  }
  std::optional<json_view> of_type(std::string_view name, json_type type) {
    const auto v = object_.find(name);
    if (!v || !v->is(type)) return fail(name), std::nullopt;
    return v;
  }
  void fail(std::string_view name) {
    if (bad_.empty()) bad_ = name;
  }
  bool failed() const noexcept { return !bad_.empty(); }
  ropewalk::error error() const {
    return {errc::corrupt, "corrupt_record", "a stored record lacks a readable \"" + bad_ + "\"", bad_};
  }

private:
  json_view object_;
  std::string bad_;
};

} // namespace ropewalk
