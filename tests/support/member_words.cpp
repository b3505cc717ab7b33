#include "tests/support/member_words.hpp"

#include <unistd.h>

#include <atomic>
#include <stdexcept>

#include "runtime/hex.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "storage/sealing/member_seal.hpp"
#include "transport/nats_connection.hpp"
#include "transport/problem.hpp"

namespace ropewalk::tests {

std::string sealed_as_member(const cluster_system& system, const std::string& place, std::string_view bytes,
                             const std::string& keyring) {
  const auto keys = storage::load_keyring(system.scratch() / keyring);
  if (!keys) throw std::runtime_error("the cluster's keyring: " + keys.error().detail);
  return storage::seal_between_members(*keys, place, bytes);
}

answer ask_member(cluster_system& system, int node, const std::string& rest, const nlohmann::json& body,
                  std::map<std::string, std::string> headers, std::chrono::milliseconds patience) {
  const std::string member = "n" + std::to_string(node + 1), how = "1 2 3 0", to = "v1.acme." + rest;
  static std::atomic<unsigned> asked{0};
  const std::string reply_to = "_INBOX.member_words." + std::to_string(::getpid()) + '.' + std::to_string(++asked);
  auto inbox = system.client().open_inbox(reply_to);
  if (!inbox) throw std::runtime_error(inbox.error().detail);
  const std::string place = "request test " + member + ' ' + how + ' ' + reply_to + " rw." + to;
  headers["Rw-Handed-On"] = how + ' ' + to_hex(sealed_as_member(system, place, ""));
  std::vector<transport::header_view> views;
  for (const auto& [name, value] : headers) views.push_back({name, value});
  const auto sent = system.client().publish_request("rw.at." + member + '.' + to, reply_to, views, body.dump());
  if (!sent) throw std::runtime_error(sent.error().detail);
  const auto reply = (*inbox)->next(patience);
  if (!reply) return {0, {}};
  if (reply->no_responders()) return {503, {}};
  const auto code = reply->header(transport::error_code_header);
  return {code ? std::stoi(std::string(*code)) : 200, nlohmann::json::parse(reply->body())};
}

} // namespace ropewalk::tests
