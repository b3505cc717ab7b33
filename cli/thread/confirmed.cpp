#include "cli/thread/confirmed.hpp"

#include "cli/counted.hpp"
#include "cli/terminal.hpp"
#include "cli/terminal_text.hpp"

namespace ropewalk::cli {

void add_yes(CLI::App& verb, confirmation& c) { add_flag(verb, "-y,--yes", c.yes, "do not ask"); }

void add_dry_run(CLI::App& verb, confirmation& c) {
  add_flag(verb, "--dry-run", c.dry_run, "only say what would be done");
}

result<confirmed_thread>
confirmed(session& s, const std::string& id, const confirmation& c,
          const std::function<std::string(const std::string& id, const std::string& messages)>& deed) {
  if (c.yes && !c.dry_run) return confirmed_thread{id, {}};
  const auto seen = s.ask_thread(id, "get", "{}");
  if (!seen) return seen.error();
  const auto thread = seen->root().find("thread");
  if (!thread) return error{errc::internal, "bad_reply", "the reply has no thread", {}};
  const std::string whole = reply_document::text_of(*thread, "id");
  std::string words = deed(whole, counted(reply_document::number_of(*thread, "message_count"), "message"));
  if (c.dry_run) {
    s.out().sentence(seen->root(), "would " + words);
    return confirmed_thread{whole, exit_code::ok};
  }
  if (!can_ask())
    return error{
        errc::invalid, "not_confirmed", "this cannot be undone and nobody can be asked; give --yes to " + words, {}};
  words[0] = static_cast<char>(words[0] - 'a' + 'A');
  if (confirm(one_line(words) + "?")) return confirmed_thread{whole, {}};
  s.note("nothing was changed");
  return confirmed_thread{whole, exit_code::failure};
}

} // namespace ropewalk::cli
