#pragma once
// Writing compact JSON into a string, in the order of the calls: deterministic bytes, no document tree.
//
//   json_writer w;
//   w.begin_object().field("id", id).field("seq", seq).raw_field("metadata", metadata_json).end_object();
//   std::string text = std::move(w).take();

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/instant.hpp"

namespace ropewalk {

// Appends text as a JSON string with its quotes. The text must be valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

class json_writer {
public:
  json_writer() = default;
  explicit json_writer(std::string into) : out_(std::move(into)) {}

  json_writer& begin_object();
  json_writer& end_object();
  json_writer& begin_array();
  json_writer& end_array();
  json_writer& key(std::string_view name);

  json_writer& value(std::string_view text);
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(std::int64_t number);
  json_writer& value(std::uint64_t number);
  json_writer& value(std::uint32_t number) { return value(std::uint64_t{number}); }
  json_writer& value(int number) { return value(std::int64_t{number}); }
  json_writer& value(double number); // shortest text that reads back the same
  json_writer& value(bool flag);
  json_writer& value(instant t); // as an RFC 3339 string
  json_writer& null();
  json_writer& raw(std::string_view json); // already JSON

  template <class T>
  json_writer& field(std::string_view name, const T& v) {
    return key(name).value(v);
  }
  json_writer& raw_field(std::string_view name, std::string_view json) { return key(name).raw(json); }

  const std::string& text() const& noexcept { return out_; }
  std::string take() && { return std::move(out_); }

private:
  void separate();
  std::string out_;
  bool need_comma_ = false;
};

} // namespace ropewalk
