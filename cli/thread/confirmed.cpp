#include "cli/thread/confirmed.hpp"

#include "cli/counted.hpp"

namespace ropewalk::cli {

result<confirmed_thread>
confirmed(session& s, const std::string& id, const confirmation& c,
          const std::function<std::string(const std::string& id, const std::string& messages)>& deed) {
  if (c.yes && !c.dry_run) return confirmed_thread{id, {}};
  const auto seen = s.ask_thread(id, "get", "{}");
  if (!seen) return seen.error();
  const auto thread = seen->root().find("thread");
  if (!thread) return error{errc::internal, "bad_reply", "the reply has no thread", {}};
  const std::string whole = reply_document::text_of(*thread, "id");
  const std::string messages = counted(reply_document::number_of(*thread, "message_count"), "message");
  const auto ended = consent(s, c, seen->root(), deed(whole, messages));
  if (!ended) return ended.error();
  return confirmed_thread{whole, *ended};
}

} // namespace ropewalk::cli
