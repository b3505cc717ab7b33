#include <catch2/catch.hpp>

#include <filesystem>

#include <sys/stat.h>

#include "cli/contexts.hpp"
#include "cli/file_text.hpp"
#include "tests/support/child_process.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;
using ropewalk::tests::scratch_directory;

TEST_CASE("contexts come back as they were saved, in a file of the owner alone") {
  const scratch_directory scratch;
  const std::filesystem::path file = scratch / "ropewalk/contexts.json";
  context_book book;
  book.current = "prod";
  book.contexts["prod"].url = "nats://n1:4222";
  book.contexts["prod"].org = "acme";
  book.contexts["lab"].creds_file = "/etc/lab.creds";
  REQUIRE(save_contexts(file, book));
  struct stat about {};
  REQUIRE(stat(file.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  const auto back = load_contexts(file);
  REQUIRE(back);
  CHECK(back->current == "prod");
  CHECK(back->contexts.size() == 2);
  CHECK(back->contexts.at("prod").url == "nats://n1:4222");
  CHECK(back->contexts.at("prod").org == "acme");
  CHECK_FALSE(back->contexts.at("prod").creds_file);
  CHECK(back->contexts.at("lab").creds_file == "/etc/lab.creds");
  CHECK(*read_whole(file.string(), 4096) == "{\"current\":\"prod\",\"contexts\":{\"lab\":{\"creds_file\":\"/etc/"
                                            "lab.creds\"},\"prod\":{\"url\":\"nats://n1:4222\",\"org\":\"acme\"}}}\n");
}

TEST_CASE("no contexts file is no contexts") {
  const scratch_directory scratch;
  const auto book = load_contexts(scratch / "none.json");
  REQUIRE(book);
  CHECK(book->contexts.empty());
}

TEST_CASE("a contexts file that is not understood names the place") {
  CHECK(parse_contexts(R"({"contexts":{"a":{"ulr":"x"}}})").error().field == "contexts.a.ulr");
  CHECK(parse_contexts(R"({"contexts":{"a":{"url":1}}})").error().field == "contexts.a.url");
  CHECK(parse_contexts(R"({"contexts":[]})").error().field == "contexts");
  CHECK_FALSE(parse_contexts("{"));
}

TEST_CASE("passwords in URLs are not shown") {
  CHECK(url_for_people("nats://ann:secret@n1:4222,nats://n2:4222") == "nats://ann:***@n1:4222,nats://n2:4222");
  CHECK(url_for_people("nats://token@n1:4222") == "nats://***@n1:4222");
  CHECK(url_for_people("n1:4222") == "n1:4222");
  endpoint_choice c;
  c.url = "nats://ann:secret@n1";
  CHECK(context_json(c, false) == R"({"url":"nats://ann:***@n1"})");
  CHECK(context_json(c, true) == R"({"url":"nats://ann:secret@n1"})");
}

TEST_CASE("what is given wins over the context, and the context over the settings file") {
  endpoint_choice flags, context, file;
  flags.org = "flag";
  context.org = "context";
  context.url = "nats://context";
  file.url = "nats://file";
  file.prefix = "file";
  const endpoint e = endpoint_of(layered(layered(flags, context), file));
  CHECK(e.org == "flag");
  CHECK(e.url == "nats://context");
  CHECK(e.prefix == "file");
}

TEST_CASE("names that no subject can carry are refused with the option") {
  CHECK(check_name("ID", "caf\xC3\xA9 17"));
  CHECK(check_name("ID", std::string(128, 'x')));
  for (const std::string& bad : {std::string(), std::string(129, 'x'), std::string("a\n"), std::string("\xFF")})
    CHECK(check_name("ID", bad).error().field == "ID");
  endpoint e;
  CHECK(check_endpoint(e));
  e.prefix = "a b";
  CHECK(check_endpoint(e).error().field == "--prefix");
  e.prefix = "rw.test";
  e.org = "";
  CHECK(check_endpoint(e).error().field == "--org");
}

TEST_CASE("a context's name is a plain word") {
  CHECK(check_context_name("prod-1.eu_west"));
  CHECK_FALSE(check_context_name(""));
  CHECK_FALSE(check_context_name("a b"));
  CHECK_FALSE(check_context_name(std::string(65, 'a')));
}

TEST_CASE("a file appears whole or not at all") {
  const scratch_directory scratch;
  const std::string path = scratch / "out";
  {
    auto file = whole_file::create(path);
    REQUIRE(file);
    REQUIRE(file->write("half"));
  }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(std::filesystem::is_empty(scratch.path()));
  auto file = whole_file::create(path);
  REQUIRE(file->write("whole"));
  REQUIRE(file->keep());
  CHECK(*read_whole(path, 100) == "whole");
}
