#pragma once
// Options of a verb, without CLI11's headers: those cost seconds a file, and there is a file a verb.
//
//   add_option(verb, "--user", o->user, "whose thread it is");
//   add_option(verb, "-n,--limit", o->limit, "most messages").shows_default();
//   o->seq = add_option(verb, "--expected-seq", o->expected_seq, "...");   // later: if (o.seq.given()) ...

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace ropewalk::cli {

class option {
public:
  option() = default;
  explicit option(CLI::Option* o) noexcept : option_(o) {}

  option& required(bool must = true);
  option& group(const char* title);
  option& variable(const char* name); // environment variable that stands in for it
  option& shows_default();            // the value it has now, in the help
  option& excludes(const option& other);

  bool given() const; // by flag, variable or settings file

private:
  CLI::Option* option_ = nullptr;
};

// A name without dashes is a positional argument.
option add_option(CLI::App& verb, const char* name, std::string& value, const char* doc);
option add_option(CLI::App& verb, const char* name, std::uint64_t& value, const char* doc);
option add_option(CLI::App& verb, const char* name, std::uint32_t& value, const char* doc);
option add_option(CLI::App& verb, const char* name, std::uint16_t& value, const char* doc);
// One value each time it is given; as a positional argument all that is left.
option add_option(CLI::App& verb, const char* name, std::vector<std::string>& values, const char* doc);
option add_flag(CLI::App& verb, const char* name, bool& value, const char* doc);

} // namespace ropewalk::cli
