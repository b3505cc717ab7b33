#pragma once
// The question before a thread loses what cannot be brought back.
//
//   auto asked = confirmed(s, o.id, o.confirmation, [](const std::string& id, const std::string& messages) {
//     return "delete thread " + id + " with " + messages;
//   });
//   if (!asked) return asked.error();
//   if (asked->ended) return *asked->ended;
//   s.change_thread(asked->id, "delete", ...);
//
// The question names the whole id, so that here the id may be a beginning of it, as for a read. With --yes
// nobody sees it: then the id must be whole.

#include <functional>
#include <optional>
#include <string>

#include "cli/confirmation.hpp"

namespace ropewalk::cli {

struct confirmed_thread {
  std::string id;                 // whole
  std::optional<exit_code> ended; // a dry run, or the answer was no
};
// deed: what is about to happen, in words, of the whole id and "12 messages". Errors: not_found;
// not_confirmed if nobody can be asked.
result<confirmed_thread>
confirmed(session& s, const std::string& id, const confirmation& c,
          const std::function<std::string(const std::string& id, const std::string& messages)>& deed);

} // namespace ropewalk::cli
