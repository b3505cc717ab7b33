#include "tests/cluster_chaos/nats_frames.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace ropewalk::chaos {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t most_payload = 64 << 20; // as nats-server takes at most

struct message_line {
  nats_frame names; // without a payload
  std::size_t headers = 0, body = 0;
};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

std::optional<std::size_t> size_in(std::string_view word) {
  std::size_t size = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), size);
  if (code != std::errc{} || end != word.data() + word.size() || size > most_payload) return std::nullopt;
  return size;
}

// PUB subject [reply-to] bytes, HPUB subject [reply-to] header-bytes bytes; MSG and HMSG have a subscription's id behind the subject.
bool announces_message(const std::vector<std::string_view>& words) {
  return !words.empty() && (words[0] == "PUB" || words[0] == "HPUB" || words[0] == "MSG" || words[0] == "HMSG");
}

std::optional<message_line> message_line_of(const std::vector<std::string_view>& words) {
  const bool has_headers = words[0].front() == 'H', has_id = words[0].back() == 'G';
  const std::size_t least = 3u + has_headers + has_id;
  if (words.size() != least && words.size() != least + 1) return std::nullopt;
  message_line m;
  m.names.subject = words[1];
  if (words.size() > least) m.names.reply_to = words[2u + has_id];
  const auto body = size_in(words.back()), headers = has_headers ? size_in(words[words.size() - 2]) : 0;
  if (!body || !headers || *headers > *body) return std::nullopt;
  m.body = *body;
  m.headers = *headers;
  return m;
}

bool begins_line(std::string_view word) {
  for (const char* known : {"INFO", "CONNECT", "PING", "PONG", "+OK", "-ERR", "SUB", "UNSUB"})
    if (word == known) return true;
  return false;
}

} // namespace

std::string nats_frames::pass(std::string_view bytes, const frame_choice& lost) {
  std::string on;
  while (!bytes.empty()) {
    if (foreign_) {
      on.append(bytes);
      break;
    }
    bytes.remove_prefix(missing_ > 0 ? take_body(bytes, lost, on) : take_line(bytes, lost, on));
  }
  return on;
}

std::string nats_frames::rest() { return std::exchange(held_, {}); }

// The number of bytes that were taken, as of take_body().
std::size_t nats_frames::take_line(std::string_view bytes, const frame_choice& lost, std::string& on) {
  const std::size_t end = bytes.find('\n');
  const std::size_t taken = end == bytes.npos ? bytes.size() : end + 1;
  held_.append(bytes.substr(0, taken));
  if (end == bytes.npos && held_.size() <= longest_line) return taken;
  const auto words = words_of(std::string_view(held_).substr(0, held_.size() - (held_.ends_with(line_end) ? 2 : 0)));
  const auto message = announces_message(words) ? message_line_of(words) : std::nullopt;
  const bool ends = held_.ends_with(line_end);
  foreign_ = !ends || words.empty() || (!message && !begins_line(words[0]));
  if (!message || foreign_) {
    on += rest();
    return taken;
  }
  missing_ = message->body + line_end.size();
  headers_ = message->headers;
  line_ = message->body <= most_looked_into ? held_.size() : 0;
  if (line_ > 0) return taken;
  losing_ = lost && lost(message->names);
  if (losing_) ++taken_out_;
  else on += held_;
  held_.clear();
  return taken;
}

std::size_t nats_frames::take_body(std::string_view bytes, const frame_choice& lost, std::string& on) {
  const std::size_t taken = std::min(missing_, bytes.size());
  missing_ -= taken;
  if (line_ == 0) {
    if (!losing_) on.append(bytes.substr(0, taken));
    return taken;
  }
  held_.append(bytes.substr(0, taken));
  if (missing_ > 0) return taken;
  const std::string_view whole = held_;
  nats_frame f = message_line_of(words_of(whole.substr(0, line_ - line_end.size())))->names;
  f.payload = whole.substr(line_ + headers_, whole.size() - line_ - headers_ - line_end.size());
  if (lost && lost(f)) {
    ++taken_out_;
    held_.clear();
  } else on += rest();
  return taken;
}

bool acknowledges_publish(const nats_frame& f) {
  if (!f.subject.starts_with("_INBOX.")) return false;
  const auto said = nlohmann::json::parse(f.payload, nullptr, false);
  return said.is_object() && said.contains("stream") && said.contains("seq") && !said.contains("error");
}

} // namespace ropewalk::chaos
