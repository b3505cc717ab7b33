#include "cli/option.hpp"

#include <CLI/CLI.hpp>

namespace ropewalk::cli {

option& option::required(bool must) {
  option_->required(must);
  return *this;
}
option& option::group(const char* title) {
  option_->group(title);
  return *this;
}
option& option::variable(const char* name) {
  option_->envname(name);
  return *this;
}
option& option::shows_default() {
  option_->capture_default_str();
  return *this;
}
option& option::excludes(const option& other) {
  option_->excludes(other.option_);
  return *this;
}
bool option::given() const { return option_->count() > 0; }

option add_option(CLI::App& verb, const char* name, std::string& value, const char* doc) {
  return option(verb.add_option(name, value, doc));
}
option add_option(CLI::App& verb, const char* name, std::uint64_t& value, const char* doc) {
  return option(verb.add_option(name, value, doc));
}
option add_option(CLI::App& verb, const char* name, std::uint32_t& value, const char* doc) {
  return option(verb.add_option(name, value, doc));
}
option add_option(CLI::App& verb, const char* name, std::uint16_t& value, const char* doc) {
  return option(verb.add_option(name, value, doc));
}
option add_option(CLI::App& verb, const char* name, std::vector<std::string>& values, const char* doc) {
  CLI::Option* o = verb.add_option(name, values, doc);
  // Otherwise "--tag a b" would take b too, and "[x]" would be taken apart.
  if (*name == '-') o->allow_extra_args(false);
  return option(o);
}
option add_flag(CLI::App& verb, const char* name, bool& value, const char* doc) {
  return option(verb.add_flag(name, value, doc));
}

} // namespace ropewalk::cli
