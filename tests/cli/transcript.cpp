#include "tests/cli/transcript.hpp"

#include <regex>
#include <sstream>

namespace ropewalk::tests {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one);) lines.push_back(one);
  return lines;
}

std::regex pattern_of(const std::string& line) {
  static const std::vector<std::pair<std::string, std::string>> placeholders{
      {"<id>", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"},
      {"<time>", "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]+Z)?"},
      {"<hash>", "[0-9a-f]{64}"},
      {"<number>", "[0-9]+"},
      {"<any>", ".*"},
  };
  std::string pattern;
  for (std::size_t at = 0; at < line.size();) {
    bool found = false;
    for (const auto& [name, expression] : placeholders)
      if (line.compare(at, name.size(), name) == 0) {
        pattern += expression;
        at += name.size();
        found = true;
        break;
      }
    if (found) continue;
    if (std::string(R"(\^$.|?*+()[]{})").find(line[at]) != std::string::npos) pattern += '\\';
    pattern += line[at++];
  }
  return std::regex(pattern);
}

bool fits(const std::vector<std::string>& expected, std::size_t e, const std::vector<std::string>& actual,
          std::size_t a) {
  if (e == expected.size()) return a == actual.size();
  if (expected[e] == "...") {
    for (std::size_t skip = a; skip <= actual.size(); ++skip)
      if (fits(expected, e + 1, actual, skip)) return true;
    return false;
  }
  return a < actual.size() && std::regex_match(actual[a], pattern_of(expected[e])) &&
         fits(expected, e + 1, actual, a + 1);
}

} // namespace

std::vector<transcript_step> parse_transcript(const std::string& text) {
  std::vector<transcript_step> steps;
  int number = 0;
  for (std::string line : lines_of(text)) {
    ++number;
    if (line.starts_with("$ ")) steps.push_back({line.substr(2), {}, 0, number});
    else if (line.starts_with("// ") || steps.empty()) continue;
    else if (line.starts_with("> ") && steps.back().expected.empty()) steps.back().command += "\n" + line.substr(2);
    else if (line.starts_with("[exit ")) steps.back().code = std::stoi(line.substr(6));
    else steps.back().expected.push_back(line);
  }
  // Empty lines between a step and the next are for the reader.
  for (transcript_step& s : steps)
    while (!s.expected.empty() && s.expected.back().empty()) s.expected.pop_back();
  return steps;
}

std::string difference(const std::vector<std::string>& expected, const std::string& output) {
  std::vector<std::string> actual = lines_of(output);
  while (!actual.empty() && actual.back().empty()) actual.pop_back();
  if (fits(expected, 0, actual, 0)) return {};
  std::string text = "expected:\n";
  for (const std::string& line : expected) text += "  " + line + "\n";
  text += "got:\n";
  for (const std::string& line : actual) text += "  " + line + "\n";
  return text;
}

} // namespace ropewalk::tests
