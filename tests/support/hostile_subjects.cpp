// Subjects and headers that name nothing, or name it wrongly.

#include "tests/support/hostile_requests.hpp"

namespace ropewalk::tests {

std::vector<hostile_request> hostile_subjects() {
  const std::string body = R"({"role":"user","content":"x"})";
  std::vector<hostile_request> rows = {
      {"a verb that does not exist", "rw.v1.acme.thread.t1.frobnicate", {}, "{}", 400, "verb"},
      {"a verb in capitals", "rw.v1.acme.thread.t1.APPEND", {}, body, 400, "verb"},
      {"a verb with a letter missing", "rw.v1.acme.thread.t1.appnd", {}, body, 400, "verb"},
      {"a verb with a NUL's escape", "rw.v1.acme.thread.t1.append%00", {}, body, 400, "verb"},
      {"a verb of a later version: summarise", "rw.v1.acme.thread.t1.summarise", {}, "{}", 400, "verb"},
      {"a verb of threads on one thread", "rw.v1.acme.thread.t1.list", {}, "{}", 400, "verb"},
      {"a verb of one thread on threads", "rw.v1.acme.threads.append", {}, body, 400, "verb"},
      {"a node's verb on threads", "rw.v1.acme.threads.health", {}, "{}", 400, "verb"},
      {"a verb of 4000 letters", "rw.v1.acme.thread.t1." + repeated("a", 2000), {}, "{}", 400, "verb"},
      {"an id with a raw byte that must be encoded", "rw.v1.acme.thread.a+b.append", {}, body, 400, "id"},
      {"an id with raw UTF-8", "rw.v1.acme.thread.\xC3\xA9.append", {}, body, 400, "id"},
      {"an id with a lone percent sign", "rw.v1.acme.thread.50%.append", {}, body, 400, "id"},
      {"an id with half an escape", "rw.v1.acme.thread.a%2.append", {}, body, 400, "id"},
      {"an id escaped in lower case", "rw.v1.acme.thread.a%2eb.append", {}, body, 400, "id"},
      {"an id escaped where it need not be", "rw.v1.acme.thread.%61.append", {}, body, 400, "id"},
      {"an id with an escape that is no number", "rw.v1.acme.thread.a%ZZ.append", {}, body, 400, "id"},
      {"an id with a NUL", "rw.v1.acme.thread.a%00.append", {}, body, 400, "id"},
      {"an id with a line feed", "rw.v1.acme.thread.a%0A.append", {}, body, 400, "id"},
      {"an id with a DEL", "rw.v1.acme.thread.%7F.append", {}, body, 400, "id"},
      {"an id with a C1 control character", "rw.v1.acme.thread.%C2%9B.append", {}, body, 400, "id"},
      {"an id of bytes that are not UTF-8", "rw.v1.acme.thread.%FF.append", {}, body, 400, "id"},
      {"an id with an overlong slash", "rw.v1.acme.thread.%C0%AF.append", {}, body, 400, "id"},
      {"an id with a surrogate", "rw.v1.acme.thread.%ED%A0%80.append", {}, body, 400, "id"},
      {"an id of 129 bytes", "rw.v1.acme.thread." + repeated("a", 129) + ".append", {}, body, 400, "id"},
      {"an id of 129 escaped bytes", "rw.v1.acme.thread." + repeated("%2E", 129) + ".append", {}, body, 400, "id"},
      {"an org with a raw byte that must be encoded", "rw.v1.ac+me.thread.t1.append", {}, body, 400, "org"},
      {"an org of 129 bytes", "rw.v1." + repeated("o", 129) + ".thread.t1.append", {}, body, 400, "org"},
      {"an org with a NUL", "rw.v1.%00.thread.t1.append", {}, body, 400, "org"},
      {"an org that is not UTF-8", "rw.v1.%80.threads.list", {}, "{}", 400, "org"},
      {"an org with a dollar sign", "rw.v1.$SYS.threads.list", {}, "{}", 400, "org"},
  };
  const std::vector<std::pair<std::string, std::string>> unroutable = {
      {"an empty subject", ""},
      {"the prefix alone", "rw"},
      {"the prefix and a dot", "rw."},
      {"another prefix", "rx.v1.acme.thread.t1.append"},
      {"a prefix that only begins alike", "rwx.v1.acme.thread.t1.append"},
      {"another version", "rw.v2.acme.thread.t1.append"},
      {"a noun that does not exist", "rw.v1.acme.thraed.t1.append"},
      {"a noun of a later version", "rw.v1.acme.debate.d1.start"},
      {"no verb", "rw.v1.acme.thread.t1"},
      {"no id", "rw.v1.acme.thread.append"},
      {"an empty id", "rw.v1.acme.thread..append"},
      {"an empty org", "rw.v1..thread.t1.append"},
      {"an empty verb", "rw.v1.acme.thread.t1."},
      {"a token too many", "rw.v1.acme.thread.t1.append.now"},
      {"an id for threads", "rw.v1.acme.threads.t1.list"},
      {"dots alone", "rw....."},
      {"a thousand tokens", "rw" + repeated(".a", 1000)},
      {"a live event's subject", "rw.v1.acme.event.thread.t1"},
      {"a node without a name", "rw.node.health"},
  };
  for (const auto& [name, subject] : unroutable) rows.push_back({name, subject, {}, body, 400, "subject", false});
  return rows;
}

std::vector<hostile_request> hostile_headers() {
  const std::string append = "rw.v1.acme.thread.t1.append", body = R"({"role":"user","content":"x"})";
  const std::string key = "Rw-Idempotency-Key", ack = "Rw-Ack";
  return {
      {"an idempotency key on a read", "rw.v1.acme.thread.t1.get", {{key, "k"}}, "", 400, key},
      {"an idempotency key on a search", "rw.v1.acme.threads.search", {{key, "k"}}, R"({"query":"x"})", 400, key},
      {"an idempotency key of 129 characters", append, {{key, repeated("k", 129)}}, body, 400, key},
      {"an empty idempotency key", append, {{key, ""}}, body, 400, key},
      {"an idempotency key with a space", append, {{key, "a b"}}, body, 400, key},
      {"an idempotency key with a tab", append, {{key, "a\tb"}}, body, 400, key},
      {"an idempotency key outside ASCII", append, {{key, "\xC3\xA9"}}, body, 400, key},
      {"an idempotency key with a DEL", append, {{key, "a\x7F"}}, body, 400, key},
      {"two idempotency keys", append, {{key, "a"}, {key, "b"}}, body, 400, key},
      {"the same idempotency key twice", append, {{key, "a"}, {key, "a"}}, body, 400, key},
      {"an acknowledgement of a log that is not there", append, {{ack, "log"}}, body, 501, ack},
      {"an acknowledgement of peers that are not there", append, {{ack, "peers:1"}}, body, 501, ack},
      {"an acknowledgement of 999 peers", append, {{ack, "peers:999"}}, body, 501, ack},
      {"an unknown acknowledgement", append, {{ack, "disk"}}, body, 400, ack},
      {"an empty acknowledgement", append, {{ack, ""}}, body, 400, ack},
      {"an acknowledgement in capitals", append, {{ack, "LOCAL"}}, body, 400, ack},
      {"peers without a number", append, {{ack, "peers:"}}, body, 400, ack},
      {"peers with a sign", append, {{ack, "peers:-1"}}, body, 400, ack},
      {"peers beyond any cluster", append, {{ack, "peers:99999999999999999999"}}, body, 400, ack},
      {"two acknowledgements", append, {{ack, "local"}, {ack, "local"}}, body, 400, ack},
      {"a minimal position without replicas",
       "rw.v1.acme.thread.t1.get",
       {{"Rw-Min-Position", "3"}},
       "",
       501,
       "Rw-Min-Position"},
      {"an unknown header of ours", append, {{"Rw-Urgent", "yes"}}, body, 400, "Rw-Urgent"},
      {"a misspelt header of ours", append, {{"Rw-Idempotency-Kee", "k"}}, body, 400, "Rw-Idempotency-Kee"},
      {"an unknown header of ours in lower case", append, {{"rw-urgent", "yes"}}, body, 400, "rw-urgent"},
  };
}

} // namespace ropewalk::tests
