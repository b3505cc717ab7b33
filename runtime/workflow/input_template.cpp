#include "runtime/workflow/input_template.hpp"

#include <array>

#include "runtime/limits.hpp"
#include "runtime/workflow/json_pointer.hpp"
#include "runtime/workflow/retry.hpp"

namespace ropewalk::workflow {
namespace {

constexpr std::array<std::string_view, 4> marks = {"$", "$item", "$index", "$literal"};

// Which of the marks an object has; "" if none.
std::string_view mark_of(const json_value& value) noexcept {
  if (value.is_object())
    for (const std::string_view mark : marks)
      if (value.contains(mark)) return mark;
  return {};
}

void check_marked(const document_value& document, std::string_view mark, template_place place) {
  const bool pointer = mark == "$" || mark == "$item";
  constexpr std::array<std::string_view, 1> beside = {"default"};
  const auto also = pointer ? std::span<const std::string_view>(beside) : std::span<const std::string_view>();
  document.has_only("a template with \"" + std::string(mark) + "\"; {\"$literal\": ...} keeps an object as it is",
                    {&mark, 1}, also);
  const document_value value = *document.find(mark);
  if ((mark == "$item" || mark == "$index") && place != template_place::map_element)
    return value.refuse("is known in the \"do\" of a map alone");
  if (pointer) value.json_pointer();
  if (mark == "$index" && value.json() != true) value.refuse("must be true");
}

class filling {
public:
  explicit filling(const template_scope& scope) : scope_(scope) {}

  json_value value(const json_value& document, std::uint32_t depth) {
    if (const std::string_view mark = mark_of(document); !mark.empty()) return marked(document, mark, depth);
    if (document.is_array()) {
      json_value::array_t array;
      array.reserve(document.size());
      for (const json_value& element : document) {
        array.push_back(value(element, depth + 1));
        if (failed_) return {};
      }
      return array;
    }
    if (document.is_object()) {
      json_value::object_t object;
      for (const auto& [name, member] : document.get_ref<const json_value::object_t&>()) {
        object.emplace_hint(object.end(), name, value(member, depth + 1));
        if (failed_) return {};
      }
      return object;
    }
    return document;
  }

  const std::optional<error>& failed() const noexcept { return failed_; }

private:
  json_value marked(const json_value& document, std::string_view mark, std::uint32_t depth) {
    const json_value& content = *document.find(mark);
    if (mark == "$literal") return content;
    if (mark == "$index") return scope_.index;
    const bool of_item = mark == "$item";
    const auto& pointer = content.get_ref<const std::string&>();
    const json_value* found =
        of_item ? scope_.item ? find_at(*scope_.item, pointer) : nullptr : find_at(scope_.state, pointer);
    if (found) return copied(*found, depth);
    if (const auto instead = document.find("default"); instead != document.end()) return *instead;
    fail({errc::invalid, std::string(failure_code::missing_input),
          std::string(of_item ? "the element" : "the state") + " has nothing at \"" + pointer + '"', pointer});
    return {};
  }

  json_value copied(const json_value& found, std::uint32_t depth) {
    bytes_ += compact_bytes(found, limits::phase_input_bytes);
    if (bytes_ > limits::phase_input_bytes)
      fail({errc::too_large,
            std::string(failure_code::input_too_large),
            "the input is more than " + std::to_string(limits::phase_input_bytes) + " bytes",
            {}});
    else if (deeper_than(found, limits::json_depth - depth))
      fail({errc::too_large,
            std::string(failure_code::input_too_large),
            "the input is nested more than " + std::to_string(limits::json_depth) + " deep",
            {}});
    return failed_ ? json_value() : found;
  }

  void fail(error e) {
    if (!failed_) failed_ = std::move(e);
  }

  const template_scope& scope_;
  std::size_t bytes_ = 0; // of what was copied from the scope
  std::optional<error> failed_;
};

} // namespace

void check_template(const document_value& document, template_place place) {
  if (const std::string_view mark = mark_of(document.json()); !mark.empty()) return check_marked(document, mark, place);
  if (document.json().is_array()) {
    for (std::size_t i = 0; i < document.json().size(); ++i) check_template(document.element(i), place);
  } else if (document.json().is_object()) {
    for (const auto& [name, member] : document.json().get_ref<const json_value::object_t&>())
      check_template(document.member(name, member), place);
  }
}

bool is_reference(const json_value& document) noexcept { return !mark_of(document).empty(); }

result<json_value> fill(const json_value& document, const template_scope& scope) {
  filling f(scope);
  json_value filled = f.value(document, 0);
  if (f.failed()) return *f.failed();
  return filled;
}

} // namespace ropewalk::workflow
