#pragma once
// A visitor from lambdas: std::visit(overloaded{[](const a&) {…}, [](const b&) {…}}, variant).

namespace ropewalk {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

} // namespace ropewalk
