#include <atomic>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/sealing/keyring_file.hpp"
#include "tests/random_seed.hpp"
#include "tests/storage/journal_fixture.hpp"
#include "tests/storage/sealing_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

const instant now{1'764'000'000'000'000};
const std::string hex_1(64, '1');

std::string key_json(const std::string& id, const std::string& state, const std::string& secret = hex_1) {
  return R"({"id":")" + id + R"(","secret":")" + secret + R"(","state":")" + state +
         R"(","created":"2026-01-31T09:05:00.000000Z"})";
}

std::string document(const std::string& keys, const std::string& format = "1") {
  return R"({"format":)" + format + R"(,"keys":[)" + keys + "]}";
}

void put_file(const std::filesystem::path& file, const std::string& text, mode_t mode = 0600) {
  std::ofstream(file, std::ios::trunc) << text;
  REQUIRE(chmod(file.c_str(), mode) == 0);
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string type_of(const result<keyring>& r) { return r ? std::string{} : r.error().type; }

} // namespace

TEST_CASE("a keyring is written as it was read") {
  const std::string text = document(key_json("new", "active", std::string(64, 'a')) + "," +
                                    key_json("old_2-b", "verify") + "," + key_json("lost", "revoked"));
  const auto keys = keyring::parse(text);
  REQUIRE(keys);
  CHECK(keys->to_json().text == text);
  CHECK(keys->active().id == "new");
  CHECK(keys->active().bytes.bytes()[31] == 0xAA);
  CHECK(keys->find("old_2-b")->state == key_state::verify);
  CHECK(keys->find("nobody") == nullptr);
  CHECK(keys->verifying("old_2-b", "seal"));
  CHECK(keys->verifying("lost", "seal").error().type == "seal_revoked_key");
  CHECK(keys->verifying("nobody", "seal").error().type == "seal_unknown_key");
}

TEST_CASE("a keyring that breaks a rule is refused by the name of the field, without a byte of a secret") {
  struct row {
    std::string text, field;
  };
  const row rows[] = {
      {"", ""},
      {"[]", "format"},
      {document(key_json("a", "active"), "\"1\""), "format"},
      {document(key_json("a", "active"), "2"), "format"},
      {R"({"format":1})", "keys"},
      {R"({"format":1,"keys":{}})", "keys"},
      {R"({"format":1,"keys":[)" + key_json("a", "active") + R"(],"more":1})", "members"},
      {document(""), "keys"},
      {document(key_json("a", "verify")), "keys"},
      {document(key_json("a", "active") + "," + key_json("b", "active")), "keys[1].state"},
      {document(key_json("a", "active") + "," + key_json("a", "verify")), "keys[1].id"},
      {document(key_json("", "active")), "keys[0].id"},
      {document(key_json("a b", "active")), "keys[0].id"},
      {document(key_json("a.b", "active")), "keys[0].id"},
      {document(key_json(std::string(65, 'a'), "active")), "keys[0].id"},
      {document(key_json("a", "Active")), "keys[0].state"},
      {document(key_json("a", "active", std::string(63, '1'))), "keys[0].secret"},
      {document(key_json("a", "active", std::string(66, '1'))), "keys[0].secret"},
      {document(key_json("a", "active", std::string(63, '1') + "g")), "keys[0].secret"},
      {document(key_json("a", "active", std::string(63, '1') + "\\u0031")), "keys[0].secret"},
      {document(R"({"id":"a","secret":17,"state":"active","created":"2026-01-31T09:05:00Z"})"), "keys[0].secret"},
      {document(R"({"id":"a","state":"active","created":"2026-01-31T09:05:00Z"})"), "keys[0].secret"},
      {document(R"({"id":"a","secret":")" + hex_1 + R"(","state":"active","created":"yesterday"})"), "keys[0].created"},
      {document(R"({"id":"a","secret":")" + hex_1 + R"(","state":"active","created":"2026-01-31T09:05:00Z","x":1})"),
       "keys[0]"},
      {document("1"), "keys[0]"},
      {document(key_json("a", "active")) + "x", ""},
      {R"({"format":1,"keys":[],")" + hex_1 + R"(":1,")" + hex_1 + R"(":1})", ""},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    const auto keys = keyring::parse(r.text);
    REQUIRE_FALSE(keys);
    CHECK(keys.error().field == r.field);
    CHECK(keys.error().detail.find("1111") == std::string::npos);
    CHECK(keys.error().detail.find("keyring") != std::string::npos);
  }
  std::string many = key_json("a0", "active");
  for (int i = 1; i < 64; ++i) many += "," + key_json("a" + std::to_string(i), "verify");
  REQUIRE(keyring::parse(document(many)));
  CHECK(keyring::parse(document(many))->rotated(now).error().type == "keyring_full");
  CHECK_FALSE(keyring::parse(document(many + "," + key_json("more", "verify"))));
}

TEST_CASE("a new keyring has one active key that nobody else has, in a file that nobody else can read") {
  scratch_directory scratch;
  const auto file = scratch.path() / "keyring.json";
  const mode_t before = umask(0);
  const auto made = create_keyring(file, now);
  umask(before);
  REQUIRE(made);
  struct stat about {};
  REQUIRE(stat(file.c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0600);
  const auto loaded = load_keyring(file.string());
  REQUIRE(loaded);
  CHECK(loaded->keys().size() == 1);
  CHECK(loaded->to_json().text == made->to_json().text);
  CHECK(loaded->active().id.starts_with("k-2025-11-24-"));
  CHECK(loaded->active().created == now);
  CHECK(create_keyring(scratch.path() / "another.json", now)->to_json().text != made->to_json().text);
  const auto again = create_keyring(file, now);
  CHECK(type_of(again) == "keyring_exists");
  CHECK(text_of(file) == made->to_json().text);
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 2); // nothing is left beside them
  CHECK(create_keyring(scratch.path() / "missing" / "k.json", now).error().code == errc::unavailable);
}

TEST_CASE("a file that others could read or change is refused by the rule it breaks") {
  scratch_directory scratch;
  const auto file = scratch.path() / "keyring.json";
  REQUIRE(create_keyring(file, now));
  for (const mode_t mode : {0644, 0640, 0604, 0620, 0660, 0610, 0700, 04600}) {
    CAPTURE(mode);
    REQUIRE(chmod(file.c_str(), mode) == 0);
    const auto loaded = load_keyring(file.string());
    CHECK(type_of(loaded) == "keyring_unsafe");
    CHECK(type_of(rotate_keyring(file, now)) == "keyring_unsafe");
  }
  REQUIRE(chmod(file.c_str(), 0644) == 0);
  CHECK(load_keyring(file.string()).error().detail ==
        "the keyring " + file.string() + " must have mode 0600 or stricter, not 0644");
  for (const mode_t mode : {0600, 0400}) {
    REQUIRE(chmod(file.c_str(), mode) == 0);
    CHECK(load_keyring(file.string()));
  }
  if (geteuid() == 0) {
    REQUIRE(chown(file.c_str(), 12'345, 0) == 0);
    const auto foreign = load_keyring(file.string());
    CHECK(type_of(foreign) == "keyring_unsafe");
    CHECK(foreign.error().detail.find("not to user 12345") != std::string::npos);
  }
  CHECK(type_of(load_keyring(scratch.path().string())) == "keyring_unsafe");
  REQUIRE(mkfifo((scratch.path() / "pipe").c_str(), 0600) == 0);
  CHECK(type_of(load_keyring((scratch.path() / "pipe").string())) == "keyring_unsafe");
  CHECK(type_of(load_keyring((scratch.path() / "none").string())) == "no_keyring");
  CHECK(type_of(rotate_keyring(scratch.path() / "none", now)) == "no_keyring");
}

TEST_CASE("a keyring that is cut off, empty or too large is refused") {
  scratch_directory scratch;
  const auto file = scratch.path() / "keyring.json";
  const std::string text = document(key_json("a", "active") + "," + key_json("b", "verify"));
  for (std::size_t size = 0; size < text.size(); ++size) {
    put_file(file, text.substr(0, size));
    CHECK(type_of(load_keyring(file.string())) == "keyring_invalid");
  }
  put_file(file, text + std::string(keyring::json_bytes_max, ' '));
  CHECK(load_keyring(file.string()).error().detail == "the keyring is larger than 65536 bytes");
  put_file(file, text);
  CHECK(load_keyring(file.string()));
}

TEST_CASE("a keyring comes through an open descriptor") {
  scratch_directory scratch;
  const auto file = scratch.path() / "keyring.json";
  put_file(file, document(key_json("a", "active")), 0644); // who opened it answers for it
  const int fd = open(file.c_str(), O_RDONLY);
  REQUIRE(fd >= 0);
  const std::string source = "fd:" + std::to_string(fd);
  CHECK(load_keyring(source)->active().id == "a");
  CHECK(load_keyring(source)->active().id == "a"); // from its start each time
  close(fd);
  CHECK(load_keyring(source).error().code == errc::unavailable);

  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const std::string text = document(key_json("piped", "active"));
  REQUIRE(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  close(ends[1]);
  CHECK(load_keyring("fd:" + std::to_string(ends[0]))->active().id == "piped");
  close(ends[0]);
  for (const char* wrong : {"fd:", "fd:x", "fd:-1", "fd:1x", "fd:99999999999"})
    CHECK(load_keyring(wrong).error().code == errc::invalid);
}

TEST_CASE("rotation keeps the old key for verifying, revocation refuses it") {
  scratch_directory scratch;
  const auto file = scratch.path() / "keyring.json";
  const auto first = create_keyring(file, now);
  REQUIRE(first);
  const std::string blob = sealed(*first, "{}");
  const auto link = scratch.path() / "link.json";
  std::filesystem::create_symlink("keyring.json", link);
  const auto second = rotate_keyring(link, instant{now.us + 1});
  REQUIRE(second);
  CHECK(std::filesystem::is_symlink(link));
  const auto loaded = load_keyring(file.string());
  REQUIRE(loaded);
  CHECK(loaded->to_json().text == second->to_json().text);
  REQUIRE(loaded->keys().size() == 2);
  CHECK(loaded->active().id != first->active().id);
  CHECK(loaded->find(first->active().id)->state == key_state::verify);
  CHECK(open_seal(*loaded, blob));

  CHECK(type_of(revoke_key(file, loaded->active().id)) == "key_active");
  CHECK(type_of(revoke_key(file, "nobody")) == "no_such_key");
  REQUIRE(revoke_key(file, first->active().id));
  REQUIRE(revoke_key(file, first->active().id)); // again
  CHECK(open_seal(*load_keyring(file.string()), blob).error().type == "seal_revoked_key");
  struct stat about {};
  REQUIRE(stat(file.c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0600);
}

TEST_CASE("a keyring in use is replaced under those who work with it") {
  scratch_directory scratch;
  const auto file = scratch.path() / "keyring.json";
  keyring_handle handle{file.string(), *create_keyring(file, now)};
  const std::string blob = sealed(*handle.current(), "{}");
  std::atomic<bool> end{false};
  std::atomic<int> wrong{0}, seen{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 3; ++i)
    workers.emplace_back([&] {
      while (!end) {
        const auto keys = handle.current();
        auto pending = pending_seal::begin(*keys, context_of(), "{}");
        if (!open_seal(*keys, blob) || !pending || !open_seal(*handle.current(), std::move(*pending).finish(some_link)))
          ++wrong;
        ++seen;
      }
    });
  for (int i = 0; i < 20; ++i) {
    const int before = seen;
    REQUIRE(rotate_keyring(file, instant{now.us + i}));
    REQUIRE(handle.reload());
    while (seen < before + 3) std::this_thread::yield();
  }
  end = true;
  for (auto& w : workers) w.join();
  CHECK(wrong == 0);
  const auto last = handle.current();
  CHECK(last->keys().size() == 21);
  put_file(file, "{");
  CHECK_FALSE(handle.reload());
  CHECK(handle.current() == last);
}

TEST_CASE("of programs that change a keyring at once none undoes another's change") {
  scratch_directory scratch;
  const auto file = scratch.path() / "keyring.json";
  REQUIRE(create_keyring(file, now));
  std::atomic<std::size_t> done{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> programs;
  for (int p = 0; p < 4; ++p)
    programs.emplace_back([&] {
      for (int mine = 0; mine < 10;) {
        const auto rotated = rotate_keyring(file, now);
        if (rotated) ++mine, ++done;
        else if (rotated.error().type != "keyring_in_use") ++wrong, ++mine;
      }
    });
  for (auto& p : programs) p.join();
  CHECK(wrong == 0);
  CHECK(load_keyring(file.string())->keys().size() == 1 + done);
}

TEST_CASE("kill -9 while a keyring is made or rotated leaves a whole one or none") {
  random_seed seed;
  CAPTURE(seed.rerun());
  scratch_directory scratch;
  const auto file = scratch.path() / "keyring.json";
  std::size_t whole = 0, none = 0;
  // A slow machine needs more lives, and longer ones, until both were seen.
  for (int life = 0; life < 30 || ((whole == 0 || none == 0) && life < 300); ++life) {
    const pid_t child = fork();
    if (child == 0) {
      while (true) {
        if (!create_keyring(file, now)) _exit(2);
        for (int i = 0; i < 3; ++i)
          if (!rotate_keyring(file, now)) _exit(3);
        unlink(file.c_str());
      }
    }
    const auto dies_at =
        std::chrono::steady_clock::now() + std::chrono::microseconds{500 + seed.below(15'000) * (1 + life / 30)};
    while (std::chrono::steady_clock::now() < dies_at) {
      const auto loaded = load_keyring(file.string());
      if (loaded) ++whole;
      else if (type_of(loaded) == "no_keyring") ++none;
      else FAIL(loaded.error().detail);
    }
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    const auto left = load_keyring(file.string());
    if (left) CHECK(rotate_keyring(file, now)); // and it can go on
    else CHECK(type_of(left) == "no_keyring");
    unlink(file.c_str());
  }
  CHECK(whole > 0);
  CHECK(none > 0);
}
