#pragma once
// Which server, and as whom: flags and ROPEWALK_* variables over the context in use over the settings file
// over the running `ropewalk dev` over nats://127.0.0.1:4222.

#include <chrono>
#include <optional>
#include <string>

#include "runtime/result.hpp"
#include "transport/url_for_people.hpp"

namespace ropewalk::cli {

// Absent = not given at this level.
struct endpoint_choice {
  std::optional<std::string> url, org, prefix;
  std::optional<std::string> nats_user, nats_password_file, creds_file; // secrets only by file
  std::optional<std::string> tls_ca, tls_cert, tls_key;
};

struct endpoint {
  std::string url = "nats://127.0.0.1:4222";
  std::string org = "default";
  std::string prefix = "rw";
  std::string nats_user, nats_password_file, creds_file;
  std::string tls_ca, tls_cert, tls_key;
  std::chrono::milliseconds timeout{5000};
};

// What is set in `over` wins.
endpoint_choice layered(const endpoint_choice& over, const endpoint_choice& under);
endpoint endpoint_of(const endpoint_choice& chosen);

// What a subject can carry: error of usage that names the option and the rule. An org's or a thread's name:
// 1 to 128 bytes of UTF-8 without control characters.
status_result check_name(std::string option, std::string_view name);
status_result check_endpoint(const endpoint& e);

using transport::url_for_people;

} // namespace ropewalk::cli
