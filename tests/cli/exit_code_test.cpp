#include <catch2/catch.hpp>

#include "cli/exit_code.hpp"
#include "cli/problem_text.hpp"
#include "cli/usage.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;

TEST_CASE("exit codes are frozen") {
  const auto number = [](errc c) { return static_cast<int>(exit_code_of(c)); };
  CHECK(number(errc::internal) == 1);
  CHECK(number(errc::not_found) == 3);
  CHECK(number(errc::conflict) == 4);
  CHECK(number(errc::timeout) == 5);
  CHECK(number(errc::unavailable) == 6);
  CHECK(number(errc::busy) == 6);
  CHECK(number(errc::stale_epoch) == 6);
  CHECK(number(errc::corrupt) == 7);
  CHECK(number(errc::invalid) == 8);
  CHECK(number(errc::unsupported) == 8);
  CHECK(number(errc::too_large) == 9);
  CHECK(number(errc::limit) == 9);
}

TEST_CASE("what the user typed wrong is told apart from what the node refused") {
  CHECK(static_cast<int>(exit_code_of(bad_usage("--limit", "no"))) == 2);
  CHECK(static_cast<int>(exit_code_of(invalid("limit", "no"))) == 8);
}

TEST_CASE("an error names the rule, the field and the next command") {
  const error e{errc::conflict, "thread_suspended", "thread \"t42\" is suspended", {}};
  CHECK(problem_text(e, {.command = "thread append", .id = "t42", .idempotency_key = {}}, false) ==
        "ropewalk: thread \"t42\" is suspended (thread_suspended)\n"
        "  try: ropewalk thread resume t42\n");
  const error f = invalid("messages[3].role", "must be system, user, assistant or tool");
  CHECK(problem_text(f, {.command = "thread append-batch", .id = "t42", .idempotency_key = {}}, false) ==
        "ropewalk: must be system, user, assistant or tool (invalid)\n"
        "  field: messages[3].role\n"
        "  try: ropewalk thread append-batch --help\n");
}

TEST_CASE("a time-out tells how to ask again without doing it twice") {
  const error e{errc::timeout, {}, "no answer", {}};
  CHECK(hint_of(e, {.command = "thread append", .id = "t", .idempotency_key = "k1"}) ==
        "the same command with --idempotency-key k1   (it is done once, however often it is sent)");
}

TEST_CASE("only a batch that is too large is to be imported instead") {
  const problem_place batch{.command = "thread append-batch", .id = "t", .idempotency_key = {}};
  CHECK(hint_of({errc::too_large, {}, "too many", "messages"}, batch) ==
        "ropewalk thread import t FILE   (it splits long files)");
  CHECK(hint_of({errc::too_large, {}, "too long", "messages[3].content"}, batch).empty());
  CHECK(hint_of({errc::too_large, {}, "too long", "content"},
                {.command = "thread append", .id = "t", .idempotency_key = {}})
            .empty());
}

TEST_CASE("a full quota tells where to look") {
  CHECK(hint_of({errc::limit, "user_thread_limit", "full", {}},
                {.command = "thread create", .id = "t", .idempotency_key = {}}) ==
        "ropewalk thread list --user USER   (delete what is not needed)");
}

TEST_CASE("what others wrote cannot steer the terminal from an error") {
  const error e{errc::not_found, "thread_not_found", "no thread \"\x1b[2J\"", "id\x07"};
  const std::string text = problem_text(e, {.command = {}, .id = "a\x1b", .idempotency_key = {}}, false);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
}

TEST_CASE("an argument is quoted for a shell only where it must be") {
  CHECK(shell_word("t42") == "t42");
  CHECK(shell_word("two words") == "'two words'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("") == "''");
}
