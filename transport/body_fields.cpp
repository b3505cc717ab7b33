#include "transport/body_fields.hpp"

#include <algorithm>

#include "runtime/invariant.hpp"
#include "transport/field_rules.hpp"
#include "transport/name_suggestion.hpp"

namespace ropewalk::transport {
namespace {

std::string inside(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + '.' + std::string(name);
}

error unknown_field(std::span<const field_spec> specs, const std::string& path, const std::string& name) {
  std::vector<std::string_view> known;
  for (const field_spec& s : specs) known.push_back(s.name);
  return invalid(inside(path, name),
                 "is no field of this request" + (known.empty() ? "; it takes none" : did_you_mean(name, known)));
}

std::string listed(std::span<const std::string_view> names, std::string_view last_joint) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? std::string(last_joint) : ", ";
    text += names[i];
  }
  return text;
}

status_result check_rule(const rule_spec& rule, const body_fields& fields) {
  const auto given = static_cast<std::size_t>(
      std::count_if(rule.fields.begin(), rule.fields.end(), [&](std::string_view f) { return fields.has(f); }));
  switch (rule.kind) {
  case rule_kind::exactly_one:
    if (given != 1)
      return invalid(std::string(rule.fields.front()),
                     "exactly one of " + listed(rule.fields, " and ") + " must be given");
    return ok();
  case rule_kind::at_most_one:
    if (given > 1)
      return invalid(std::string(rule.fields.front()),
                     "at most one of " + listed(rule.fields, " and ") + " may be given");
    return ok();
  case rule_kind::at_least_one:
    if (given == 0) return invalid({}, "at least one of " + listed(rule.fields, " and ") + " must be given");
    return ok();
  case rule_kind::not_beside:
    if (fields.has(rule.fields.front()) && given > 1)
      return invalid(std::string(rule.fields.front()),
                     "may not stand beside " + listed(rule.fields.subspan(1), " or "));
    return ok();
  }
  return ok();
}

} // namespace

result<body_fields> body_fields::collect(std::span<const field_spec> specs, json_view object, const std::string& path) {
  if (!object.is(json_type::object)) return invalid(path, "must be an object, not " + std::string(name(object.type())));
  body_fields fields;
  fields.specs_ = specs;
  for (const json_member m : object.members()) {
    const auto spec = std::find_if(specs.begin(), specs.end(), [&](const field_spec& s) { return s.name == m.key; });
    if (spec == specs.end()) return unknown_field(specs, path, m.key);
    // The path is only put together where it is needed: most requests have nothing nested.
    const std::string at = path.empty() ? m.key : inside(path, m.key);
    if (auto fine = check_value(*spec, m.value, at); !fine) return fine.error();
    if (spec->type == field_type::object)
      if (auto members = collect(spec->inner, m.value, at); !members) return members.error();
    fields.values_[static_cast<std::size_t>(spec - specs.begin())] = m.value;
  }
  for (std::size_t i = 0; i < specs.size(); ++i)
    if (specs[i].required && !fields.values_[i]) return invalid(inside(path, specs[i].name), "is required");
  return fields;
}

result<body_fields> body_fields::check(const verb_spec& v, json_view body) {
  auto fields = collect(v.fields, body, {});
  if (!fields) return fields;
  for (const rule_spec& rule : v.rules)
    if (auto fine = check_rule(rule, *fields); !fine) return fine.error();
  return fields;
}

std::optional<json_view> body_fields::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < specs_.size(); ++i)
    if (specs_[i].name == name) return values_[i];
  INVARIANT(false && "a decoder asks for a field that the verb table does not have", name);
  return std::nullopt;
}

std::string body_fields::text(std::string_view name) const {
  const auto v = find(name);
  return v ? v->string() : std::string{};
}

std::optional<std::string> body_fields::optional_text(std::string_view name) const {
  const auto v = find(name);
  return v ? std::optional(v->string()) : std::nullopt;
}

std::optional<std::uint64_t> body_fields::integer(std::string_view name) const {
  const auto v = find(name);
  return v ? std::optional(static_cast<std::uint64_t>(*v->integer())) : std::nullopt;
}

std::uint64_t body_fields::integer_or(std::string_view name, std::uint64_t fallback) const {
  return integer(name).value_or(fallback);
}

bool body_fields::flag_or(std::string_view name, bool fallback) const {
  const auto v = find(name);
  return v ? v->boolean() : fallback;
}

std::optional<instant> body_fields::time(std::string_view name) const {
  const auto v = find(name);
  return v ? std::optional(*parse_rfc3339(v->string())) : std::nullopt;
}

std::optional<std::string> body_fields::compact(std::string_view name) const {
  const auto v = find(name);
  return v ? std::optional(v->compact()) : std::nullopt;
}

std::optional<std::vector<std::string>> body_fields::sorted_texts(std::string_view name) const {
  const auto v = find(name);
  if (!v) return std::nullopt;
  std::vector<std::string> texts;
  texts.reserve(v->size());
  for (const json_view element : v->elements()) texts.push_back(element.string());
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

std::optional<body_fields> body_fields::inner(std::string_view name) const {
  for (std::size_t i = 0; i < specs_.size(); ++i)
    if (specs_[i].name == name && values_[i]) return *collect(specs_[i].inner, *values_[i], {});
  return std::nullopt;
}

} // namespace ropewalk::transport
