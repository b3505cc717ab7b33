
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {

void add_thread_noun(command_line& line) {
  CLI::App& thread = line.noun("thread", "conversations: create, append, read, search, follow, carry in and out");
  add_thread_create(line, thread);
  add_thread_get(line, thread);
  add_thread_update(line, thread);
  add_thread_delete(line, thread);
  add_thread_clear(line, thread);
  add_thread_append(line, thread);
  add_thread_append_batch(line, thread);
  add_thread_messages(line, thread);
  add_thread_window(line, thread);
  add_thread_edit(line, thread);
  add_thread_remove(line, thread);
  add_thread_fork(line, thread);
  add_thread_suspend(line, thread);
  add_thread_resume(line, thread);
  add_thread_close(line, thread);
  add_thread_export(line, thread);
  add_thread_import(line, thread);
  add_thread_list(line, thread);
  add_thread_search(line, thread);
  add_thread_count(line, thread);
  add_thread_snapshot(line, thread);
  add_thread_verify(line, thread);
  add_thread_tail(line, thread);
}

} // namespace ropewalk::cli
