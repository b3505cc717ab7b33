#include "actors/request.hpp"

#include <utility>

#include "runtime/json_text.hpp"
#include "transport/verb_table.hpp"

namespace ropewalk::actors {
namespace {

// What is left of a write's answer: its receipt, which stands last (with_receipt).
std::string receipt_alone(std::string_view body) {
  const std::string nothing_else = R"({"reply_left_out":true})";
  const auto at = body.rfind(R"("receipt":{"partition":)");
  if (at == body.npos) return nothing_else;
  std::string text = R"({"reply_left_out":true,)";
  text += body.substr(at);
  return json_document::parse(text, {.max_bytes = text.size()}) ? text : nothing_else; // else it was a value of somebody's own
}

} // namespace

caller::~caller() {
  if (waiting())
    refuse({errc::unavailable, "dropped", "the node went away from this request; the outcome is unknown", {}});
}

void caller::answer(std::string_view body) {
  if (confirm_ && out_) return when_confirmed([text = std::string(body)](caller to) { to.answer(text); });
  outbox* out = std::exchange(out_, nullptr);
  if (!out) return;
  if (!more_) return send(*out, body);
  std::string whole(body.substr(0, body.rfind('}')));
  if (whole.size() > 1) whole += ',';
  send(*out, whole.append(more_()).append("}"));
}

void caller::send(outbox& out, std::string_view body) {
  auto sent = out.reply(reply_subject_, body);
  const bool wrote = verb_ && verb_->writes;
  if (!sent && wrote) sent = out.reply(reply_subject_, receipt_alone(body));
  if (!sent && !wrote) out.refuse(reply_subject_, sent.error());
  meter_->answered(verb_, bytes_, std::chrono::steady_clock::now() - since_, sent ? nullptr : &sent.error());
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
  if (confirm_ && out_ && !retryable(why.code)) return when_confirmed([why](caller to) { to.refuse(why); });
  outbox* out = std::exchange(out_, nullptr);
  if (!out) return;
  out->refuse(reply_subject_, why);
  meter_->answered(verb_, bytes_, std::chrono::steady_clock::now() - since_, &why);
}

void caller::hand_on() {
  if (!std::exchange(out_, nullptr)) return;
  meter_->answered(verb_, bytes_, std::chrono::steady_clock::now() - since_, nullptr);
}

bool request::refuse_if_overdue() {
  if (!from || !from->waits_too_long()) return false;
  from->refuse({errc::busy, "entity_busy", "nothing was done: it waited too long for this entity; try again", {}});
  return true;
}

} // namespace ropewalk::actors
