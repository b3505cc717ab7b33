#pragma once
// The rules of a definition's document, section by section. Each reader refuses into the document_value that
// it is given; what it returns counts only if nothing was refused.

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/workflow/definition.hpp"
#include "runtime/workflow/document_value.hpp"

namespace ropewalk::workflow {

// What stands beside each kind of phase in the document.
struct kind_fields {
  phase_kind kind;
  std::string_view name;   // "agent"
  std::string_view target; // the field that names whom or what; "" = none
  std::span<const std::string_view> fields;
  std::uint32_t attempts; // if neither the phase nor the document says
  bool given_out;         // to a worker or a thread: takes the document's retry and timeouts, may compensate
  bool has_result;
};
const kind_fields& fields_of(phase_kind kind) noexcept;
// The value of "run"; agent if it is refused.
phase_kind read_kind(const document_value& run, bool compensation);

// Fields that are given replace those of `base`.
retry_policy read_retry(const document_value& document, retry_policy base);
time_limits read_time_limits(const document_value& document, time_limits base);

struct work_defaults {
  std::optional<document_value> retry;
  std::optional<document_value> timeouts;
};
// Kind fields, input, retry and timeouts of a phase or a compensation. `inside_map`: templates may name the
// element.
work read_work(const document_value& document, phase_kind kind, const work_defaults& defaults, bool inside_map);
// A template whose value must be text of 1 to limits::id_bytes: itself, or a reference.
json_value read_text_template(const document_value& document, bool inside_map);

// Lists of phases, with what is unique or bounded over the whole document.
class phase_reader {
public:
  explicit phase_reader(const work_defaults& defaults) : defaults_(defaults) {}
  std::vector<phase> list(const document_value& document, std::uint32_t nesting);

private:
  phase one(const document_value& document, std::uint32_t nesting, bool inside_map);
  void read_own_fields(const document_value& document, std::uint32_t nesting, bool inside_map, phase& p);
  void read_parallel(const document_value& document, std::uint32_t nesting, phase& p);
  void read_map(const document_value& document, std::uint32_t nesting, phase& p);

  const work_defaults& defaults_;
  std::set<std::string, std::less<>> names_;
  std::size_t count_ = 0;
};

} // namespace ropewalk::workflow
