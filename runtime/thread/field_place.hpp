#pragma once
// Where in a request a value stands, as a path that is only put together when an error needs it.
//
//   field_place message{"messages[3]"};
//   message.at("content").at(2).at("text").path()   // "messages[3].content[2].text"
//
// A place refers to the one it was made from, which must outlive it.

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/json_text.hpp"
#include "runtime/result.hpp"

namespace ropewalk::thread {

class field_place {
public:
  explicit field_place(std::string_view base) : name_(base) {}
  field_place at(std::string_view field) const { return {this, field, no_index}; }
  field_place at(std::size_t index) const { return {this, {}, index}; }

  std::string path() const {
    std::string text = outer_ ? outer_->path() : std::string{};
    if (index_ != no_index) return text + '[' + std::to_string(index_) + ']';
    if (outer_ && !text.empty()) text += '.';
    return text += name_;
  }

  ropewalk::error broken(std::string rule) const { return invalid(path(), std::move(rule)); }
  ropewalk::error wrong_type(std::string_view wanted, json_view got) const {
    return broken("must be " + std::string(wanted) + ", not " + std::string(name(got.type())));
  }
  ropewalk::error missing() const { return broken("is required"); }
  ropewalk::error over(std::size_t bytes) const {
    return {errc::too_large, {}, "is longer than " + std::to_string(bytes) + " bytes", path()};
  }
  // One of the caller's fields that nobody would read: refused, so that nothing is dropped silently.
  ropewalk::error unknown(std::string_view where) const {
    return broken("is not a field of " + std::string(where) + "; put what is your own in metadata");
  }

private:
  static constexpr std::size_t no_index = static_cast<std::size_t>(-1);
  field_place(const field_place* outer, std::string_view name, std::size_t index)
      : outer_(outer), name_(name), index_(index) {}

  const field_place* outer_ = nullptr;
  std::string_view name_;
  std::size_t index_ = no_index;
};

} // namespace ropewalk::thread
