#include "cli/endpoint.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/usage.hpp"
#include "runtime/limits.hpp"
#include "runtime/utf8.hpp"
#include "transport/subject.hpp"

namespace ropewalk::cli {

endpoint_choice layered(const endpoint_choice& over, const endpoint_choice& under) {
  endpoint_choice c = over;
  for (auto member : {&endpoint_choice::url, &endpoint_choice::org, &endpoint_choice::prefix,
                      &endpoint_choice::nats_user, &endpoint_choice::nats_password_file, &endpoint_choice::creds_file,
                      &endpoint_choice::tls_ca, &endpoint_choice::tls_cert, &endpoint_choice::tls_key})
    if (!(c.*member)) c.*member = under.*member;
  return c;
}

endpoint endpoint_of(const endpoint_choice& chosen) {
  endpoint e;
  const auto take = [](std::string& to, const std::optional<std::string>& from) {
    if (from) to = *from;
  };
  take(e.url, chosen.url);
  take(e.org, chosen.org);
  take(e.prefix, chosen.prefix);
  take(e.nats_user, chosen.nats_user);
  take(e.nats_password_file, chosen.nats_password_file);
  take(e.creds_file, chosen.creds_file);
  take(e.tls_ca, chosen.tls_ca);
  take(e.tls_cert, chosen.tls_cert);
  take(e.tls_key, chosen.tls_key);
  return e;
}

status_result check_name(std::string option, std::string_view name) {
  if (!name.empty() && name.size() <= limits::id_bytes && is_utf8(name) && !has_control_characters(name)) return ok();
  return bad_usage(std::move(option),
                   fmt::format("must be 1 to {} bytes of UTF-8 without control characters", limits::id_bytes));
}

status_result check_endpoint(const endpoint& e) {
  if (auto fine = check_name("--org", e.org); !fine) return fine;
  if (transport::is_valid_prefix(e.prefix)) return ok();
  return bad_usage("--prefix", "must be 1 to 8 words of A-Z a-z 0-9 _ - with dots between them");
}

} // namespace ropewalk::cli
