#include "cli/node/exec_list.hpp"

#include <optional>

#include "cli/file_text.hpp"
#include "cli/usage.hpp"
#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t exec_list_bytes = 1 << 20;

error refuse(std::string why) { return bad_usage("--exec", std::move(why)); }

status_result take_in(exec_list& list, const std::string& name, std::vector<std::string> words) {
  if (words.empty() || words.front().empty()) return refuse("\"" + name + "\" must have a program");
  if (!list.emplace(name, std::move(words)).second) return refuse("\"" + name + "\" is given twice");
  return ok();
}

status_result take_object(exec_list& list, std::string_view text) {
  const auto parsed = workflow::parse_json(text, {.max_bytes = exec_list_bytes});
  if (!parsed) return refuse("is no valid JSON: " + parsed.error().detail);
  if (!parsed->is_object()) return refuse("must be an object of names and lists of words");
  for (const auto& [name, value] : parsed->items()) {
    std::vector<std::string> words;
    for (const auto& word : value.is_array() ? value : workflow::json_value::array({nullptr})) {
      if (!word.is_string()) return refuse("\"" + name + "\" must be a list of words");
      words.push_back(word.get<std::string>());
    }
    if (auto taken = take_in(list, name, std::move(words)); !taken) return taken;
  }
  return ok();
}

status_result take(exec_list& list, const std::string& given) {
  if (given.starts_with('{')) return take_object(list, given);
  if (given.starts_with('@')) {
    const auto text = read_whole(given.substr(1), exec_list_bytes);
    if (!text) return refuse(text.error().detail);
    return take_object(list, *text);
  }
  const std::size_t sign = given.find('=');
  if (sign == std::string::npos || sign == 0) return refuse("must be NAME=PROGRAM, a JSON object or @FILE");
  auto words = split_words(std::string_view(given).substr(sign + 1));
  if (!words) return words.error();
  return take_in(list, given.substr(0, sign), *std::move(words));
}

} // namespace

result<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool blank = c == ' ' || c == '\t' || c == '\n';
    if (quote == 0 && blank) {
      if (word) words.push_back(*std::exchange(word, std::nullopt));
      continue;
    }
    if (!word) word.emplace();
    if (quote != 0 && c == quote) quote = 0;
    else if (quote == 0 && (c == '\'' || c == '"')) quote = c;
    else if (c == '\\' && quote != '\'') {
      if (++i == text.size()) return refuse("ends with a backslash");
      const char next = text[i];
      if (quote == '"' && next != '"' && next != '\\') *word += '\\';
      *word += next;
    } else {
      *word += c;
    }
  }
  if (quote != 0) return refuse("has a quote that is not closed");
  if (word) words.push_back(*std::move(word));
  return words;
}

result<exec_list> parse_exec_list(const std::vector<std::string>& given) {
  exec_list list;
  for (const std::string& one : given)
    if (auto taken = take(list, one); !taken) return taken.error();
  return list;
}

} // namespace ropewalk::cli
