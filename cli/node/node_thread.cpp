#include "cli/node/node_thread.hpp"

namespace ropewalk::cli {

node_thread::node_thread(actors::node_settings settings) : settings_(std::move(settings)) {
  control_.on_serving = [this] { serving_.store(true); };
  thread_ = std::thread([this] {
    end_ = actors::run_node(settings_, control_, &why_);
    ended_.store(true);
  });
}

node_thread::~node_thread() {
  stop();
  join();
}

actors::node_end node_thread::join() {
  if (thread_.joinable()) thread_.join();
  return end_;
}

} // namespace ropewalk::cli
