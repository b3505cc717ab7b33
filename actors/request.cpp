#include "actors/request.hpp"

#include <utility>

namespace ropewalk::actors {

caller::~caller() {
  if (waiting())
    refuse({errc::unavailable, "dropped", "the node went away from this request; the outcome is unknown", {}});
}

void caller::answer(std::string_view body) {
  if (confirm_ && out_) return when_confirmed([text = std::string(body)](caller to) { to.answer(text); });
  outbox* out = std::exchange(out_, nullptr);
  if (!out) return;
  if (!more_) {
    out->reply(reply_subject_, body);
  } else {
    std::string whole(body.substr(0, body.rfind('}')));
    if (whole.size() > 1) whole += ',';
    out->reply(reply_subject_, whole.append(more_()).append("}"));
  }
  meter_->answered(verb_, bytes_, std::chrono::steady_clock::now() - since_, nullptr);
}

void caller::when_confirmed(std::function<void(caller)> then) {
  const confirmation confirm = std::exchange(confirm_, nullptr);
  if (!confirm || !out_) return then(std::move(*this));
  const auto self = std::make_shared<caller>(std::move(*this));
  confirm([self, then = std::move(then)](status_result r) {
    if (r) then(std::move(*self));
    else self->refuse(r.error());
  });
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
