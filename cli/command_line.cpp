#include "cli/command_line.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/global_options.hpp"
#include "cli/help_text.hpp"
#include "cli/settings_file.hpp"
#include "cli/terminal.hpp"
#include "cli/terminal_text.hpp"
#include "transport/name_suggestion.hpp"

namespace ropewalk::cli {
namespace {

constexpr const char* description = "Ropewalk keeps the conversations and the work of AI agents: threads of messages "
                                    "and workflows, durable, over NATS.";

constexpr const char* root_footer = R"(Examples:
  ropewalk dev                                   a whole system on this machine
  ropewalk thread create t1 --name "First try"
  ropewalk thread append t1 "hello" --role user
  ropewalk thread messages t1
  ropewalk thread search hello
  ropewalk workflow define trip.yaml
  ropewalk workflow start trip --input '{"to":"Oslo"}' --wait
  ropewalk schedule create nightly --cron "30 2 * * *" --zone Europe/Berlin -d trip

)";

CLI::App& deepest(CLI::App& root) {
  CLI::App* app = &root;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return *app;
}

std::string path_of(const CLI::App& app) {
  std::string path;
  for (const CLI::App* a = &app; a->get_parent() != nullptr; a = a->get_parent())
    path = a->get_name() + (path.empty() ? "" : " ") + path;
  return path;
}

std::vector<CLI::App*> verbs_of(const CLI::App& app) {
  std::vector<CLI::App*> verbs;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    verbs.push_back(const_cast<CLI::App*>(sub));
  return verbs;
}

// "there is no verb "lst" of `ropewalk thread`; did you mean "list"?", or "" if that is not what is wrong.
std::string unknown_verb(const CLI::App& app, const std::vector<std::string>& arguments) {
  const auto verbs = verbs_of(app);
  if (verbs.empty()) return {};
  // The first word behind those that led here; options before it (with or without a value) hide it.
  std::size_t at = 0;
  for (const CLI::App* a = &app; a->get_parent() != nullptr; a = a->get_parent()) ++at;
  if (at >= arguments.size() || arguments[at].starts_with("-")) return {};
  std::vector<std::string> names;
  for (const CLI::App* v : verbs) names.push_back(v->get_name());
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string path = path_of(app);
  return fmt::format("there is no {} \"{}\"{}", path.empty() ? "noun or verb" : "verb", arguments[at],
                     path.empty() ? "" : " of `ropewalk " + path + "`") +
         transport::did_you_mean(arguments[at], views);
}

// CLI11 names what is left over in an order of its own; people look for the option they mistyped.
std::string left_over(const CLI::App& root, const CLI::App& verb) {
  const std::vector<std::string> words = root.remaining(true);
  const auto at = std::find_if(words.begin(), words.end(), [](const std::string& w) { return w.starts_with("-"); });
  if (words.empty()) return "there is something that the verb does not take";
  if (at == words.end()) return fmt::format("\"{}\" is one argument too many", words.front());
  std::vector<std::string> names;
  for (const CLI::App* app : {&verb, &root})
    for (const CLI::Option* o : app->get_options())
      for (const std::string& name : o->get_lnames()) names.push_back("--" + name);
  const std::vector<std::string_view> known(names.begin(), names.end());
  return fmt::format("there is no option {}", *at) + transport::did_you_mean(*at, known);
}

int usage_error(CLI::App& root, const std::string& what) {
  const std::string path = path_of(deepest(root));
  error e{errc::invalid, "usage", what, {}};
  std::fputs(problem_text(e, {.command = path, .id = {}, .idempotency_key = {}}, colours_wanted(stderr)).c_str(),
             stderr);
  return static_cast<int>(exit_code::usage);
}

} // namespace

struct command_line::state {
  CLI::App root{description, "ropewalk"};
  global_options options;
  std::map<const CLI::App*, action> actions;
  std::optional<session> running; // stays, with its connection, until the process ends
};

command_line::command_line() : state_(std::make_unique<state>()) {
  CLI::App& root = state_->root;
  root.formatter(help_formatter());
  root.fallthrough();
  root.require_subcommand(0, 1); // 1 at the most: what follows a verb is its own, whatever it is called
  root.set_help_flag("-h,--help", "this text");
  root.set_version_flag("--version", std::string("ropewalk ") + ROPEWALK_VERSION, "print the version");
  root.footer(root_footer + exit_code_help());
  add_global_options(root, state_->options);
}

command_line::~command_line() = default;

CLI::App& command_line::root() noexcept { return state_->root; }

CLI::App& command_line::noun(const std::string& name, const std::string& summary) {
  CLI::App* app = state_->root.add_subcommand(name, summary);
  app->require_subcommand(0, 1);
  app->footer(""); // the root's is its own
  return *app;
}

CLI::App& command_line::verb(CLI::App& parent, const verb_text& text) {
  CLI::App* app = parent.add_subcommand(text.name, text.summary);
  app->require_subcommand(0);
  parent.require_subcommand(0, 1); // also of a verb that has a verb beside its options
  std::string footer;
  if (!text.example.empty()) {
    footer = "Example:\n";
    std::istringstream lines(text.example);
    for (std::string one; std::getline(lines, one);) footer += "  " + one + "\n";
    footer.pop_back();
  }
  if (!text.details.empty()) footer = text.details + (footer.empty() ? "" : "\n\n" + footer);
  app->footer(footer);
  return *app;
}

void command_line::on(CLI::App& verb, action run) { state_->actions[&verb] = std::move(run); }

int command_line::run(int argc, const char* const* argv) {
  CLI::App& root = state_->root;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(deepest(root).help().c_str(), stdout);
    return 0;
  } catch (const CLI::CallForVersion& v) {
    std::printf("%s\n", v.what());
    return 0;
  } catch (const CLI::ExtrasError&) {
    const std::string verb = unknown_verb(deepest(root), arguments);
    return usage_error(root, verb.empty() ? left_over(root, deepest(root)) : verb);
  } catch (const CLI::ParseError& e) {
    const std::string verb = unknown_verb(deepest(root), arguments);
    return usage_error(root, verb.empty() ? e.what() : verb);
  }

  CLI::App& verb = deepest(root);
  const auto run = state_->actions.find(&verb);
  if (run == state_->actions.end()) {
    std::fputs(verb.help().c_str(), verb.get_parent() == nullptr ? stdout : stderr);
    return static_cast<int>(verb.get_parent() == nullptr ? exit_code::ok : exit_code::usage);
  }

  const global_options& o = state_->options;
  problem_place place{.command = path_of(verb), .id = {}, .idempotency_key = {}};
  const bool colours = !o.no_color && colours_wanted(stderr);
  const auto fail = [&](const error& e, exit_code code) {
    std::fflush(stdout);
    std::fputs(problem_text(e, place, colours).c_str(), stderr);
    return static_cast<int>(code);
  };

  const endpoint_choice given = given_endpoint(root, o);
  const std::filesystem::path file = o.config.empty() ? default_settings_file() : std::filesystem::path(o.config);
  if (!o.config.empty() || std::filesystem::exists(file))
    if (auto applied = apply_settings_file(root, file); !applied) return fail(applied.error(), exit_code::usage);
  const auto format = chosen_format(o);
  if (!format) return fail(format.error(), exit_code::usage);

  session& s = state_->running.emplace(resolve_endpoint(given, given_endpoint(root, o), o),
                                       output(choose_style(*format, !o.no_color, false, stdout)));
  s.place() = place;
  auto done = run->second(s);
  place = s.place();
  if (!done) return fail(done.error(), exit_code_of(done.error()));
  if (auto written = s.out().finish(); !written) return fail(written.error(), exit_code::failure);
  return static_cast<int>(*done);
}

} // namespace ropewalk::cli
