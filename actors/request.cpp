#include "actors/request.hpp"

#include <utility>

namespace ropewalk::actors {

caller::~caller() {
  if (waiting())
    refuse({errc::unavailable, "dropped", "the node went away from this request; the outcome is unknown", {}});
}

void caller::answer(std::string_view body) {
  outbox* out = std::exchange(out_, nullptr);
  if (!out) return;
  out->reply(reply_subject_, body);
  meter_->answered(verb_, bytes_, std::chrono::steady_clock::now() - since_, nullptr);
}

void caller::refuse(const error& why) {
  outbox* out = std::exchange(out_, nullptr);
  if (!out) return;
  out->refuse(reply_subject_, why);
  meter_->answered(verb_, bytes_, std::chrono::steady_clock::now() - since_, &why);
}

void caller::hand_on() {
  if (!std::exchange(out_, nullptr)) return;
  meter_->answered(verb_, bytes_, std::chrono::steady_clock::now() - since_, nullptr);
}

} // namespace ropewalk::actors
