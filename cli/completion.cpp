// ropewalk completion: a script for the shell, made from the tree of verbs itself.

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/option.hpp"
#include "cli/usage.hpp"
#include "cli/verbs.hpp"

namespace ropewalk::cli {
namespace {

void add_words(std::string& words, const CLI::App& app) {
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) words += sub->get_name() + " ";
  for (const CLI::Option* o : app.get_options())
    for (const std::string& name : o->get_lnames()) words += "--" + name + " ";
}

// One `case` branch for each noun and verb: the words that may follow it.
void add_branches(std::string& script, const CLI::App& app, const std::string& path, const std::string& global) {
  std::string words;
  add_words(words, app);
  script += fmt::format("    \"{}\") words=\"{}{}\" ;;\n", path, words, path.empty() ? "" : global);
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    add_branches(script, *sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), global);
}

std::string bash_script(const CLI::App& root) {
  const auto verbs_of = [](const CLI::App* app) { return app->get_subcommands([](const CLI::App*) { return true; }); };
  std::string global, nouns;
  for (const CLI::Option* o : root.get_options())
    for (const std::string& name : o->get_lnames())
      if (name != "help" && name != "version") global += "--" + name + " ";
  // Another word behind `node` is the value of one of its options.
  for (const CLI::App* noun : verbs_of(&root))
    for (const CLI::App* verb : verbs_of(noun)) nouns += (nouns.empty() ? "\"" : "|\"") + noun->get_name() + " " + verb->get_name() + "\"";
  std::string branches;
  add_branches(branches, root, "", global);
  return fmt::format(R"bash(# Completion of ropewalk. bash: source <(ropewalk completion bash)
_ropewalk() {{
  local word path="" words="" current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    [[ $word == -* ]] && continue
    [[ -z $path ]] && {{ path="$word"; continue; }}
    case "$path $word" in
      {0}) path="$path $word" ;;
    esac
    break
  done
  case "$previous" in
    -o|--output) COMPREPLY=($(compgen -W "table wide json jsonl yaml" -- "$current")); return ;;
    -r|--role) COMPREPLY=($(compgen -W "system user assistant tool" -- "$current")); return ;;
    --status)
      case "$path" in
        workflow*) words="running paused compensating completed failed cancelled terminated crashed" ;;
        *) words="active suspended closed" ;;
      esac
      COMPREPLY=($(compgen -W "$words" -- "$current")); return ;;
    --overlap) COMPREPLY=($(compgen -W "skip buffer_one buffer_all cancel_other terminate_other allow_all" -- "$current")); return ;;
    --zone) COMPREPLY=($(cd /usr/share/zoneinfo 2>/dev/null && compgen -f -- "$current")); return ;;
    --shape) COMPREPLY=($(compgen -W "openai langchain native" -- "$current")); return ;;
    --log-level) COMPREPLY=($(compgen -W "trace debug info warn error" -- "$current")); return ;;
    --data|--out|--json|--file|--config|--creds|--tls-ca|--tls-cert|--tls-key|--nats-password-file)
      COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$path" in
{1}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ ${{#COMPREPLY[@]}} -eq 0 ]] && COMPREPLY=($(compgen -f -- "$current"))
}}
complete -F _ropewalk ropewalk
)bash",
                     nouns, branches);
}

} // namespace

void add_completion(command_line& line) {
  auto shell = std::make_shared<std::string>();
  CLI::App& root = line.root();
  CLI::App& verb =
      line.verb(root, {.name = "completion",
                       .summary = "Print a completion script for a shell",
                       .details = "",
                       .example = "source <(ropewalk completion bash)\nsource <(ropewalk completion zsh)"});
  verb.add_option("SHELL", *shell, "bash or zsh")->required();
  line.on(verb, [shell, &root](session& s) -> result<exit_code> {
    if (*shell == "zsh")
      s.out().text("autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n");
    else if (*shell != "bash") return bad_usage("SHELL", "must be bash or zsh");
    s.out().text(bash_script(root));
    return exit_code::ok;
  });
}

} // namespace ropewalk::cli
