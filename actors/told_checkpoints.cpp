#include "actors/told_checkpoints.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "runtime/uuid.hpp"
#include "storage/sha256_stream.hpp"

namespace ropewalk::actors {

std::string checkpoint_id(const storage::seal_context& of) {
  storage::sha256_stream hash;
  for (const std::string* text : {&of.cluster, &of.entity.org, &of.entity.id, &of.phase, &of.reason})
    hash.add(std::to_string(text->size())).add(":").add(*text);
  const digest d = hash.add(std::to_string(of.version)).add("/").add(std::to_string(of.time.us)).finish();
  const auto natural = [&](std::size_t from) {
    std::uint64_t n = 0;
    for (std::size_t i = from; i < from + 8; ++i) n = n << 8 | d[i];
    return n;
  };
  return make_uuid7(of.time, natural(0), natural(8));
}

std::optional<wanted_checkpoint> wanted_by(const workflow::event& e) {
  if (!workflow::wants_checkpoint(e)) return std::nullopt;
  if (const auto* s = std::get_if<workflow::scheduled>(&e)) return wanted_checkpoint{s->phase, "phase"};
  const auto* asked = std::get_if<workflow::checkpointed>(&e);
  return wanted_checkpoint{"", asked && !asked->reason.empty() ? asked->reason : "demand"};
}

void told_checkpoints::add(const entry& e) {
  static const std::string_view wanting[] = {workflow::type_of(workflow::event{workflow::scheduled{}}),
                                             workflow::type_of(workflow::event{workflow::checkpointed{}})};
  if (e.event.time != last_time_) close();
  last_time_ = e.event.time;
  last_version_ = e.event.version;
  if (open_ || std::find(std::begin(wanting), std::end(wanting), e.event.type) == std::end(wanting)) return;
  if (const auto event = workflow::decode_event(e.event.type, e.event.body)) open_ = wanted_by(*event);
}

std::deque<storage::seal_context> told_checkpoints::take() {
  close();
  return std::exchange(found_, {});
}

void told_checkpoints::close() {
  if (!open_) return;
  storage::seal_context c{cluster_, who_, last_version_, {}, parent_, open_->phase, open_->reason, last_time_};
  open_.reset();
  c.id = parent_ = checkpoint_id(c);
  found_.push_back(std::move(c));
  if (found_.size() > newest_) found_.pop_front();
}

} // namespace ropewalk::actors
