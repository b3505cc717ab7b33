#include "cli/settings_file.hpp"

#include <sstream>

#include <CLI/CLI.hpp>

#include "cli/file_text.hpp"
#include "cli/user_directories.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t settings_bytes = 1 << 20;

error in_settings(const std::filesystem::path& file, const std::string& key, const std::string& what) {
  return {errc::invalid, "settings_file", file.string() + ": " + what, key};
}

CLI::App* verb_of(CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&](const CLI::App* sub) { return sub->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

bool chosen(const CLI::App* app) { return app->get_parent() == nullptr || app->parsed(); }

} // namespace

std::filesystem::path default_settings_file() { return config_directory() / "config.toml"; }

status_result apply_settings_file(CLI::App& root, const std::filesystem::path& file) {
  const auto text = read_whole(file.string(), settings_bytes);
  if (!text) return text.error();
  std::istringstream lines(*text);
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML{}.from_config(lines);
  } catch (const CLI::Error& e) {
    return in_settings(file, {}, e.what());
  }
  for (const CLI::ConfigItem& item : items) {
    if (item.name == "++" || item.name == "--") continue; // where a table begins and ends
    CLI::App* app = &root;
    for (const std::string& parent : item.parents) {
      app = verb_of(*app, parent);
      if (app == nullptr) return in_settings(file, item.fullname(), "there is no verb [" + parent + "]");
    }
    CLI::Option* option = app->get_option_no_throw("--" + item.name);
    if (option == nullptr || !option->get_configurable())
      return in_settings(file, item.fullname(), "there is no option --" + item.name + " to set");
    if (!chosen(app) || option->count() > 0) continue;
    try {
      if (option->get_expected_min() == 0)
        option->add_result(option->get_flag_value(item.name, CLI::ConfigTOML{}.to_flag(item)));
      else option->add_result(item.inputs);
      option->run_callback();
    } catch (const CLI::Error& e) {
      return in_settings(file, item.fullname(), e.what());
    }
  }
  return ok();
}

} // namespace ropewalk::cli
