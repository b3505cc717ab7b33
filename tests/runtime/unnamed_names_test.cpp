// Files that are compiled as one (ROPEWALK_UNITY) share what stands in their unnamed namespaces and what their headers
// declare: two functions of one name would be overloads of each other there, and a call could change its meaning without
// a word.

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::string text_of_file(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

// What a folder's library compiles apart: APART of ropewalk_library in its CMakeLists.txt.
bool compiled_apart(const fs::path& folder, const fs::path& file) {
  const std::string relative = file.lexically_relative(folder).string();
  if (folder.filename() == "transport")
    return relative.starts_with("verbs/") || relative.ends_with("_body.cpp") || relative == "verb_table.cpp";
  return folder.parent_path().filename() != "tests" &&
         text_of_file(folder / "CMakeLists.txt").find(' ' + relative) != std::string::npos;
}

// Functions and types.
std::set<std::string> unnamed_definitions(const std::string& text) {
  static const std::regex function(R"(^(?:[a-z_][\w:<>,&* ]*?)[ &*]([a-z_]\w*)\()");
  static const std::regex type(R"(^(?:struct|class|enum|enum class) (\w+)(?: final)?(?: :[^;]*)? \{)");
  std::set<std::string> names;
  std::istringstream lines(text);
  bool unnamed = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "namespace {") unnamed = true;
    else if (line.starts_with("} // namespace")) unnamed = false;
    std::smatch found;
    if (unnamed && !line.starts_with("template") &&
        (std::regex_search(line, found, type) || std::regex_search(line, found, function)))
      names.insert(found[1]);
  }
  return names;
}

// The names that a file takes out of namespaces with using declarations.
std::set<std::string> used_names(const std::string& text) {
  static const std::regex declaration(R"(^using [\w:]*::(\w+);)");
  std::set<std::string> names;
  std::istringstream lines(text);
  std::smatch found;
  for (std::string line; std::getline(lines, line);)
    if (std::regex_search(line, found, declaration)) names.insert(found[1]);
  return names;
}

std::map<std::string, std::string> inline_functions(const fs::path& folder) {
  static const std::regex definition(R"(^inline [\w:<>,&* ]*?[ &*]([a-z_]\w*)\()");
  std::map<std::string, std::string> files; // by name
  for (const auto& e : fs::recursive_directory_iterator(folder)) {
    if (e.path().extension() != ".hpp") continue;
    std::istringstream lines(text_of_file(e.path()));
    std::smatch found;
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("inline ") && std::regex_search(line, found, definition))
        files[found[1]] = e.path().string();
  }
  return files;
}

} // namespace

TEST_CASE("files that may be compiled as one have no unnamed functions or types of one name") {
  std::vector<std::string> compiled_as_one{"runtime", "storage", "transport", "actors", "cli"};
  for (const auto& e : fs::directory_iterator(fs::path(ROPEWALK_SOURCE_DIR) / "tests"))
    if (e.is_directory()) compiled_as_one.push_back("tests/" + e.path().filename().string());
  REQUIRE(compiled_as_one.size() > 10);
  for (const std::string& library : compiled_as_one) {
    const fs::path folder = fs::path(ROPEWALK_SOURCE_DIR) / library;
    const auto in_headers = inline_functions(folder);
    std::map<std::string, std::string> seen; // name and namespace -> file
    std::map<std::string, std::string> used; // name of a using declaration -> file
    for (const auto& e : fs::recursive_directory_iterator(folder)) {
      if (e.path().extension() != ".cpp" || compiled_apart(folder, e.path())) continue;
      const std::string text = text_of_file(e.path());
      for (const std::string& name : used_names(text)) used.emplace(name, e.path().string());
      const std::size_t begin = text.find("\nnamespace ropewalk");
      const std::string inside = begin == text.npos ? "" : text.substr(begin, text.find('{', begin) - begin);
      for (const std::string& name : unnamed_definitions(text)) {
        const auto [at, fresh] = seen.try_emplace(inside + " " + name, e.path().string());
        INFO(name << " is in " << at->second << " and in " << e.path().string());
        CHECK(fresh);
        if (const auto header = in_headers.find(name); header != in_headers.end())
          FAIL_CHECK(name << " is in " << header->second << " and in " << e.path().string());
      }
    }
    for (const auto& [function, file] : seen)
      if (const auto declared = used.find(function.substr(function.find_last_of(' ') + 1)); declared != used.end())
        FAIL_CHECK(declared->first << " is a function in " << file << " and a using declaration in "
                                   << declared->second);
  }
}
