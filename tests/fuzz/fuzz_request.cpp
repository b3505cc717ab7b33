#include "tests/fuzz/fuzz_request.hpp"

#include <algorithm>

#include "runtime/invariant.hpp"
#include "runtime/utf8.hpp"
#include "tests/support/example_subject.hpp"
#include "tests/support/hostile_requests.hpp"
#include "transport/content_fingerprint.hpp"
#include "transport/problem.hpp"
#include "transport/request_decoder.hpp"

namespace ropewalk::tests {
namespace {

using namespace transport;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string as_bytes(std::string_view subject, const std::vector<std::pair<std::string, std::string>>& headers,
                     std::string_view body) {
  std::string bytes(subject);
  bytes += '\n';
  for (const auto& [name, value] : headers) bytes += name + ':' + value + '\n';
  return bytes.append("\n").append(body);
}

// A refusal is a problem that can be sent, whatever bytes it quotes.
void check_refusal(const error& e) {
  INVARIANT(!e.detail.empty(), status(e.code));
  INVARIANT(e.code == errc::invalid || e.code == errc::too_large || e.code == errc::unsupported, status(e.code),
            e.detail);
  const problem p = to_problem(e);
  INVARIANT(is_utf8(p.body) && json_document::parse(p.body, {}), p.body);
}

// The same content spelt canonically is the same request.
void check_canonical(const request_view& in, const decoded_request& first, const decoder_settings& settings,
                     const surroundings& around) {
  const auto document = json_document::parse(in.body.empty() ? "{}" : in.body,
                                             {limits::request_bytes, limits::json_depth, limits::json_values});
  INVARIANT(document, in.body);
  std::string canonical;
  append_canonical(canonical, document->root());
  if (canonical.size() > limits::request_bytes) return; // escapes may grow
  request_view respelt = in;
  respelt.body = canonical;
  const auto again = decode_request(respelt, settings, around);
  if (!again) INVARIANT(again.error().code == errc::too_large, again.error().detail, canonical);
  if (!again) return; // escapes that grew over a field's limit
  INVARIANT(again->key == first.key && again->what.index() == first.what.index(), canonical);
  INVARIANT(again->idempotency.has_value() == first.idempotency.has_value(), canonical);
  if (first.idempotency) INVARIANT(again->idempotency->fingerprint == first.idempotency->fingerprint, canonical);
}

} // namespace

void check_request(const std::uint8_t* data, std::size_t size) {
  static const decoder_settings settings;
  static const surroundings around{{1'769'850'300'000'001}, 7, 11};
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  request_view in;
  in.subject = take_line(rest);
  std::vector<header_view> headers;
  for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    headers.push_back({line.substr(0, colon), line.substr(std::min(colon + 1, line.size()))});
  }
  in.headers = headers;
  in.body = rest;
  const auto r = decode_request(in, settings, around);
  if (!r) return check_refusal(r.error());
  INVARIANT(r->verb && r->verb == verb_of(in.subject, settings.prefix), in.subject);
  INVARIANT(r->partition.value < settings.partitions, r->partition.value);
  INVARIANT(is_utf8(r->key.org) && is_utf8(r->key.id), in.subject);
  INVARIANT(!r->idempotency || r->verb->writes, in.subject);
  check_canonical(in, *r, settings, around);
}

std::vector<std::string> seed_requests() {
  std::vector<std::string> seeds;
  for (const verb_spec& v : verbs()) {
    const std::string subject = example_subject(v);
    seeds.push_back(as_bytes(subject, {}, v.example_request));
    if (v.writes)
      seeds.push_back(as_bytes(subject, {{std::string(idempotency_header), "k1"}, {std::string(ack_header), "local"}},
                               v.example_request));
  }
  for (const hostile_request& h : hostile_requests())
    if (h.body.size() < 4096)
      seeds.push_back(as_bytes(h.subject, h.headers, h.body)); // large ones only slow a fuzzer down
  return seeds;
}

} // namespace ropewalk::tests
