#pragma once
// The reply of `window`, from stored bytes: the same from the cache and from the views.
//
//   window_reply window(what);
//   for (system message that is live, oldest first) window.add_pinned(m);
//   do {
//     for (message of the next page, newest first) window.add_older(m);
//     text = window.finish(no older ones);
//   } while (text is nullopt);

#include <optional>
#include <string>
#include <vector>

#include "actors/message_cache.hpp"
#include "runtime/limits.hpp"
#include "runtime/result.hpp"
#include "runtime/thread/commands.hpp"
#include "runtime/thread/window.hpp"

namespace ropewalk::actors {

class window_reply {
public:
  // Of what could be shown, in the shape asked for; a window may leave some of it out, but hardly seven eighths.
  static constexpr std::size_t bytes_max = 8 * limits::reply_bytes;

  explicit window_reply(const thread::read_window& what) : what_(what), pinned_(what.shape), tail_(what.shape) {}
  status_result add_pinned(message_bytes m) { return pinned_.add(std::move(m)); }
  status_result add_older(message_bytes m) { return tail_.add(std::move(m), true); }
  // nullopt: older messages might still belong to the window. too_large "window_too_large".
  result<std::optional<std::string>> finish(bool tail_is_complete);

private:
  struct held {
    message_bytes bytes; // none: it is not shown
    bool shaped = false;
  };
  struct described {
    explicit described(thread::window_shape s) : shape(s) {}
    const thread::window_shape shape;
    std::vector<held> messages;
    std::vector<thread::window_candidate> candidates;
    std::size_t bytes = 0, unshaped = 0; // bytes of what is held; how many of the last are as stored
    status_result add(message_bytes m, bool skip_system = false);
    status_result shape_all();
    void reverse();
  };
  result<std::string> render(const thread::window_choice& choice) const;

  const thread::read_window what_;
  described pinned_;
  described tail_;              // newest first, but for the moment of a choice
  std::size_t chosen_from_ = 0; // size of the tail at the last choice
};

} // namespace ropewalk::actors
