#pragma once
// Definitions of a phase or two, put together from the part that a test is about.

#include <cstddef>
#include <string>

namespace ropewalk::samples {

// A definition of one phase.
inline std::string of(const std::string& phase) { return R"({"name":"d","phases":[)" + phase + "]}"; }
// An agent phase with a further field.
inline std::string agent(const std::string& more) {
  return of(R"({"name":"a","run":"agent","subject":"s",)" + more + "}");
}
// Two agent phases, the first with a further field.
inline std::string two(const std::string& more) {
  return R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"s",)" + more +
         R"(},{"name":"b","run":"sleep","for":"1s"}]})";
}
// A definition of one sleep, with a further field.
inline std::string top(const std::string& more) {
  return R"({"name":"d","phases":[{"name":"a","run":"sleep","for":"1s"}],)" + more + "}";
}
inline std::string post(const std::string& fields) { return of(R"({"name":"t","run":"thread",)" + fields + "}"); }
inline std::string map(const std::string& element, const std::string& more = "") {
  return of(R"({"name":"m","run":"map","over":"/x","do":)" + element + more + "}");
}
inline std::string parallel(const std::string& branches, const std::string& more = "") {
  return of(R"({"name":"p","run":"parallel","branches":)" + branches + more + "}");
}

inline const std::string sleep_a = R"({"name":"a","run":"sleep","for":"1s"})";
inline const std::string sleep_b = R"({"name":"b","run":"sleep","for":"1s"})";
inline const std::string agent_a = R"({"name":"a","run":"agent","subject":"s"})";

inline std::string repeated(const std::string& text, std::size_t times, const std::string& between = "") {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += (i == 0 ? "" : between) + text;
  return out;
}

inline std::string sleeps(std::size_t count, const std::string& prefix = "s") {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out +=
        std::string(i == 0 ? "" : ",") + R"({"name":")" + prefix + std::to_string(i) + R"(","run":"sleep","for":"1s"})";
  return out;
}

// A parallel in a parallel, `levels` of them.
inline std::string nested(std::size_t levels) {
  if (levels == 0) return R"({"name":"inmost","run":"sleep","for":"1s"})";
  const std::string n = std::to_string(levels);
  return R"({"name":"p)" + n + R"(","run":"parallel","branches":{"x":[)" + nested(levels - 1) + R"(],"y":[{"name":"y)" +
         n + R"(","run":"sleep","for":"1s"}]}})";
}

} // namespace ropewalk::samples
