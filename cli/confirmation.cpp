#include "cli/confirmation.hpp"

#include "cli/terminal.hpp"
#include "cli/terminal_text.hpp"

namespace ropewalk::cli {

void add_yes(CLI::App& verb, confirmation& c) { add_flag(verb, "-y,--yes", c.yes, "do not ask"); }

void add_dry_run(CLI::App& verb, confirmation& c) {
  add_flag(verb, "--dry-run", c.dry_run, "only say what would be done");
}

result<std::optional<exit_code>> consent(session& s, const confirmation& c, json_view about, std::string deed) {
  if (c.dry_run) {
    s.out().sentence(about, "would " + deed);
    return std::optional(exit_code::ok);
  }
  if (c.yes) return std::optional<exit_code>{};
  if (!can_ask())
    return error{
        errc::invalid, "not_confirmed", "this cannot be undone and nobody can be asked; give --yes to " + deed, {}};
  deed[0] = static_cast<char>(deed[0] - 'a' + 'A');
  if (confirm(one_line(deed) + "?")) return std::optional<exit_code>{};
  s.note("nothing was changed");
  return std::optional(exit_code::failure);
}

} // namespace ropewalk::cli
