#include "cli/help_text.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
namespace ropewalk::cli {
namespace {

class formatter final : public CLI::Formatter {
public:
  formatter() { column_width(34); }

  std::string make_usage(const CLI::App* app, std::string) const override {
    std::string path;
    for (const CLI::App* a = app; a != nullptr; a = a->get_parent())
      path = a->get_name() + (path.empty() ? "" : " ") + path;
    std::string text = "Usage: " + path;
    if (!app->get_subcommands([](const CLI::App* s) { return !s->get_name().empty(); }).empty()) {
      if (app->get_parent() == nullptr) return text + " NOUN VERB ...\n";
      const bool runs_itself = app->get_options().size() > 1; // beside --help
      return text + (runs_itself ? " [OPTIONS]\n       " + path + " VERB ...\n" : " VERB ...\n");
    }
    for (const CLI::Option* o : app->get_options()) {
      if (!o->get_positional()) continue;
      const std::string name = o->get_name(true) + (o->get_expected_max() > 1 ? "..." : "");
      text += o->get_required() ? " " + name : " [" + name + "]";
    }
    return text + " [OPTIONS]\n";
  }

  // Types are told by the description; defaults and variables are what people look for.
  std::string make_option_opts(const CLI::Option* o) const override {
    std::string text;
    if (o->get_type_size() != 0 && !o->get_positional() && !o->get_type_name().empty()) {
      std::string value = o->get_lnames().empty() ? "value" : o->get_lnames().front();
      value = value.substr(value.rfind('-') + 1);
      std::transform(value.begin(), value.end(), value.begin(),
                     [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
      text = " " + value;
    }
    return text;
  }

  std::string make_option_desc(const CLI::Option* o) const override {
    std::string text = o->get_description();
    if (!o->get_default_str().empty()) text += " [" + o->get_default_str() + "]";
    if (!o->get_envname().empty()) text += " ($" + o->get_envname() + ")";
    return text;
  }

  std::string make_footer(const CLI::App* app) const override {
    std::string text = app->get_footer();
    if (!text.empty()) text = "\n" + text + "\n";
    if (app->get_parent() != nullptr)
      text += "\nOptions of every verb (--url, --org, --context, --timeout, -o ...): ropewalk --help\n";
    return text;
  }
};

} // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<formatter>(); }

} // namespace ropewalk::cli
