// The filter of a link's messages: frames cut anywhere, and what is not the protocol.

#include <catch2/catch.hpp>

#include "tests/cluster_chaos/nats_frames.hpp"
#include "tests/random_seed.hpp"

using namespace ropewalk::chaos;

namespace {

const std::string ack = R"({"stream":"RW_chaos_p00001_g00000000000000000001","seq":12})";
const std::string refusal =
    R"({"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 12"},"stream":"RW","seq":0})";
const std::string headers = "NATS/1.0\r\nA: b\r\n\r\n"; // 18 bytes

std::string msg(const std::string& subject, const std::string& body) {
  return "MSG " + subject + " 4 " + std::to_string(body.size()) + "\r\n" + body + "\r\n";
}
std::string hmsg(const std::string& subject, const std::string& body) {
  return "HMSG " + subject + " 4 reply.1 " + std::to_string(headers.size()) + " " +
         std::to_string(headers.size() + body.size()) + "\r\n" + headers + body + "\r\n";
}
std::string pub(const std::string& subject, const std::string& body) {
  return "PUB " + subject + " reply.2 " + std::to_string(body.size()) + "\r\n" + body + "\r\n";
}
std::string hpub(const std::string& subject, const std::string& body) {
  return "HPUB " + subject + " " + std::to_string(headers.size()) + " " + std::to_string(headers.size() + body.size()) +
         "\r\n" + headers + body + "\r\n";
}

// In pieces of 1 to `most` bytes.
std::string pass_in_pieces(nats_frames& frames, const std::string& bytes, const frame_choice& lost,
                           ropewalk::tests::random_seed& seed, std::size_t most) {
  std::string on;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = 1 + seed.below(most);
    on += frames.pass(std::string_view(bytes).substr(at, size), lost);
    at += size;
  }
  return on;
}

} // namespace

TEST_CASE("acknowledgements of publishes are told from all else that a server says") {
  const auto acknowledges = [](std::string_view subject, std::string_view payload) {
    return acknowledges_publish({subject, "", payload});
  };
  CHECK(acknowledges("_INBOX.x.q.7", ack));
  CHECK(acknowledges("_INBOX.x.q.7", R"({"stream":"RW","domain":"hub","seq":1,"duplicate":true})"));
  CHECK_FALSE(acknowledges("_INBOX.x.q.7", refusal));
  CHECK_FALSE(acknowledges("_INBOX.x.q.7", ""));
  CHECK_FALSE(acknowledges("_INBOX.x.q.7", "stream seq"));
  CHECK_FALSE(acknowledges("_INBOX.x.q.7", R"({"message":{"subject":"rw.log","seq":4}})"));
  CHECK_FALSE(acknowledges("rw.cluster.chaos.to.n1", ack));
}

TEST_CASE("acknowledgements are taken out wherever the bytes are cut, and nothing else") {
  ropewalk::tests::random_seed seed;
  CAPTURE(seed.rerun());
  const std::string before = "INFO {\"server_id\":\"x\"}\r\n+OK\r\nPING\r\n" +
                             msg("rw.cluster.chaos.to.n1", "\r\nMSG a 1 2\r\n"),
                    between = msg("_INBOX.x.q.8", refusal) + msg("_INBOX.x.q.9", "") +
                              hmsg("rw.log", std::string(300'000, 'x')) + hmsg("rw.v1", ack) + "-ERR 'Stale'\r\n",
                    after = "PONG\r\n" + msg("rw.v1", std::string(nats_frames::most_looked_into, 'y'));
  const std::string said =
      before + msg("_INBOX.x.q.7", ack) + between + hmsg("_INBOX.x.q.10", ack) + after + msg("_INBOX.x.q.11", ack);
  for (const std::size_t most : {1u, 7u, 1000u, 1000000u}) {
    nats_frames frames;
    CHECK(pass_in_pieces(frames, said, acknowledges_publish, seed, most) == before + between + after);
    CHECK(frames.taken_out() == 3);
    nats_frames all_pass;
    CHECK(pass_in_pieces(all_pass, said, nullptr, seed, most) == said);
  }
}

TEST_CASE("what a client publishes is taken out by its subject, long or short, with headers or without") {
  ropewalk::tests::random_seed seed;
  CAPTURE(seed.rerun());
  const std::string other = "CONNECT {}\r\nSUB rw.> 1\r\n" + pub("rw.cluster.chaos.to.n3", std::string(20'000, 'z')),
                    last = hpub("rw.log.chaos", "to.n2") + "UNSUB 1\r\n";
  std::string said = other;
  for (const std::size_t size : {0, 5, 4096, 4097, 90'000}) {
    said += pub("rw.cluster.chaos.to.n2", std::string(size, 'z'));
    said += hpub("rw.cluster.chaos.to.n2", std::string(size, 'z'));
  }
  said += last;
  const auto to_n2 = [](const nats_frame& f) { return f.subject == "rw.cluster.chaos.to.n2"; };
  for (const std::size_t most : {1u, 13u, 1000u, 1000000u}) {
    nats_frames frames;
    CHECK(pass_in_pieces(frames, said, to_n2, seed, most) == other + last);
    CHECK(frames.taken_out() == 10);
  }
}

TEST_CASE("a message is seen with its reply subject and without its headers") {
  std::vector<std::string> seen;
  const auto note = [&](const nats_frame& f) {
    seen.push_back(std::string(f.subject) + "|" + std::string(f.reply_to) + "|" + std::string(f.payload));
    return false;
  };
  nats_frames frames;
  frames.pass(msg("a", "1") + hmsg("b", "2") + pub("c", "3") + hpub("d", "4"), note);
  CHECK(seen == std::vector<std::string>{"a||1", "b|reply.1|2", "c|reply.2|3", "d||4"});
}

TEST_CASE("no more than a small message is held, and it comes out when the connection ends") {
  nats_frames frames;
  const std::string large = msg("a", std::string(5000, 'x')), small = msg("a", std::string(4000, 'x'));
  CHECK(frames.pass(large.substr(0, 100), acknowledges_publish) == large.substr(0, 100));
  CHECK(frames.pass(large.substr(100), acknowledges_publish) == large.substr(100));
  CHECK(frames.pass(small.substr(0, 3000), acknowledges_publish) == "");
  CHECK(frames.rest() == small.substr(0, 3000));
}

TEST_CASE("what is not the protocol passes as it is, from there on") {
  const auto all = [](const nats_frame&) { return true; };
  for (const std::string& foreign :
       {std::string("RMSG $G a 1\r\nx\r\n"), std::string("MSG a 1 1x\r\nx\r\n"), std::string("MSG a 1 99999999999\r\n"),
        std::string("HMSG a 1 9 3\r\nabc\r\n"), std::string("PUB a\r\n"), std::string("\r\n"), std::string("PING\n"),
        std::string(nats_frames::longest_line + 1, 'q')}) {
    nats_frames frames;
    CHECK(frames.pass(foreign + msg("a", "1"), all) == foreign + msg("a", "1"));
    CHECK(frames.taken_out() == 0);
  }
}
