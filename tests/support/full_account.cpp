#include "tests/support/full_account.hpp"

#include <fstream>
#include <stdexcept>
#include <utility>

namespace ropewalk::tests {

std::string limited_account(const scratch_directory& scratch, int megabytes) {
  const std::string path = scratch / "account.conf";
  std::ofstream(path) << "accounts { A { users: [{user: a, password: a}], jetstream: { max_file: " << megabytes
                      << "MB } } }\nno_auth_user: a\n";
  return path;
}

full_account::full_account(const nats_servers& servers) : servers_(servers) {
  if (servers_.ask("$JS.API.STREAM.CREATE.FILLER", R"({"name":"FILLER","subjects":["filler"]})").find(R"("config")") ==
      std::string::npos)
    throw std::runtime_error("no stream to fill the account with");
  fill();
}

void full_account::fill() {
  int stored = 0;
  for (std::size_t bytes = 512 << 10; bytes >= 64;) {
    const std::string said = servers_.ask("filler", std::string(bytes, 'x'));
    if (said.find(R"("error")") != std::string::npos) bytes /= 2;
    else if (++stored == 1000) throw std::runtime_error("the account has no limit; the server said last: " + said);
  }
}

bool full_account::make_room() {
  if (!filled_) return true;
  const std::string said = servers_.ask("$JS.API.STREAM.DELETE.FILLER");
  filled_ = said.find(R"("success":true)") == std::string::npos && said.find("10059") == std::string::npos; // not found
  return !filled_;
}

} // namespace ropewalk::tests
