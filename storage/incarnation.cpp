#include "storage/incarnation.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "storage/failpoint.hpp"
#include "storage/journal.hpp"

namespace ropewalk::storage {

namespace {

constexpr std::size_t token_digits = 32;

std::string fresh_token() {
  static constexpr char digits[] = "0123456789abcdef";
  std::random_device entropy;
  std::string token;
  while (token.size() < token_digits)
    for (std::uint32_t word = entropy(), i = 0; i < 8; ++i, word >>= 4) token.push_back(digits[word & 15]);
  return token;
}

error incarnation_error(const char* what, const std::filesystem::path& file) {
  return {errc::unavailable,
          "incarnation_file",
          std::string("cannot ") + what + " " + file.string() + ": " + std::strerror(errno),
          {}};
}

// Tokens of the file; none if it is missing or not whole.
result<std::vector<std::string>> read_tokens(const std::filesystem::path& file) {
  const int in = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (in < 0 && errno == ENOENT) return std::vector<std::string>{};
  if (in < 0) return incarnation_error("open", file);
  char text[4 * token_digits];
  const ssize_t size = ::read(in, text, sizeof text);
  const int failed = errno;
  ::close(in);
  errno = failed;
  if (size < 0) return incarnation_error("read", file);
  std::vector<std::string> tokens;
  for (std::string_view left{text, static_cast<std::size_t>(size)}; !left.empty();
       left.remove_prefix(token_digits + 1)) {
    if (left.size() <= token_digits || left[token_digits] != '\n') return std::vector<std::string>{};
    tokens.emplace_back(left.substr(0, token_digits));
  }
  return tokens;
}

status_result sync_and_close(int file, const std::filesystem::path& name) {
  const bool synced = ::fsync(file) == 0;
  const int failed = errno;
  const bool closed = ::close(file) == 0;
  if (!synced) errno = failed;
  return synced && closed ? ok() : status_result{incarnation_error("sync", name)};
}

// Beside it, synced, and renamed: whole or as before.
status_result write_tokens(const std::filesystem::path& file, const std::vector<std::string>& tokens) {
  std::string text;
  for (const std::string& t : tokens) text += t + "\n";
  const std::filesystem::path beside = file.string() + ".new";
  const int out = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) return incarnation_error("create", beside);
  if (::write(out, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    auto failed = incarnation_error("write", beside);
    ::close(out);
    return failed;
  }
  if (auto synced = sync_and_close(out, beside); !synced) return synced;
  if (::rename(beside.c_str(), file.c_str()) != 0) return incarnation_error("rename", beside);
  const int directory = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return incarnation_error("open the directory of", file);
  return sync_and_close(directory, file.parent_path());
}

status_result change_token(journal& j, const std::filesystem::path& file, const std::string& from) {
  const std::string to = fresh_token();
  if (auto written = write_tokens(file, from.empty() ? std::vector{to} : std::vector{from, to}); !written)
    return written;
  FAILPOINT("incarnation.file_written");
  if (auto put = j.put_token(to); !put) return put;
  FAILPOINT("incarnation.journal_written");
  return from.empty() ? ok() : write_tokens(file, {to});
}

} // namespace

result<settled_incarnation> settle_incarnation(journal& j, const std::filesystem::path& directory, instant now) {
  const std::filesystem::path file = directory / "incarnation";
  const auto inside = j.token();
  if (!inside) return inside.error();
  const auto outside = read_tokens(file);
  if (!outside) return outside.error();
  const auto known = j.incarnation();
  if (!known) return known.error();
  const bool kept = !inside->empty() && std::find(outside->begin(), outside->end(), *inside) != outside->end();
  if (kept) {
    if (auto changed = change_token(j, file, *inside); !changed) return changed.error();
    return settled_incarnation{*known, true};
  }
  const std::uint64_t incarnation = std::max(*known + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(now.us, 1)));
  if (auto lost = j.lose_standing(incarnation); !lost) return lost.error();
  FAILPOINT("incarnation.standing_lost");
  if (auto changed = change_token(j, file, {}); !changed) return changed.error();
  return settled_incarnation{incarnation, false};
}

status_result stand_on_word(journal& j, const std::filesystem::path& directory, instant now) {
  const auto known = j.incarnation();
  if (!known) return known.error();
  if (*known == 0)
    return error{errc::conflict, "never_a_member",
                 "the journal was not one of a member of a cluster: a cluster that begins with it needs no such word", {}};
  const auto clock = static_cast<std::uint64_t>(std::max<std::int64_t>(now.us, 1));
  if (auto stands = j.stand(std::max(*known + 1, clock), clock / 1'000'000); !stands) return stands;
  return change_token(j, directory / "incarnation", {});
}

} // namespace ropewalk::storage
