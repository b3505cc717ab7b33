#pragma once
// The question before what cannot be undone, for a thing whose reply is at hand.
//
//   auto ended = consent(s, o.confirm, reply.root(), "delete thread t1 with 12 messages");
//   if (!ended) return ended.error();
//   if (*ended) return **ended;

#include <optional>
#include <string>

#include "cli/option.hpp"
#include "cli/session.hpp"

namespace ropewalk::cli {

struct confirmation {
  bool yes = false, dry_run = false;
};
void add_yes(CLI::App& verb, confirmation& c);
void add_dry_run(CLI::App& verb, confirmation& c);

// deed: what is about to happen, in words that begin with a small letter. A dry run tells it and shows `about` to
// programs. nullopt: go on. Error: not_confirmed if nobody can be asked.
result<std::optional<exit_code>> consent(session& s, const confirmation& c, json_view about, std::string deed);

} // namespace ropewalk::cli
