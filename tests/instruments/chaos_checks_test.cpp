// What chaos says about a write that is not in the chain at the end, by its level and by what the round's faults may cost.

#include <catch2/catch.hpp>

#include <string>

#include "tests/cluster_chaos/checks.hpp"

using namespace ropewalk::chaos;

namespace {

enum class kept { in_quarantine, nowhere };

// One append of a thread, answered, that no member has in its chain; "" = as promised.
std::string said_of_lost_write(level l, kept where, allowance allowed) {
  write_record w;
  w.thread = "t";
  w.asked_level = l;
  w.content = "x";
  w.number = 2;
  w.partition = 1;
  w.index = 7;
  w.epoch = 3;
  w.hash = "aa";
  w.durability = name(l);
  history told;
  told.writes.push_back(w);
  evidence found;
  for (const char* name : {"n1", "n2", "n3"}) found.members.emplace_back().name = name;
  found.members[0].owned.insert({1, 3});
  found.members[1].owned.insert({1, 4});
  found.threads["t"].messages[1] = "first";
  if (where == kept::in_quarantine) {
    found.members[1].quarantine.insert("aa");
    found.members[1].quarantine_told = 1;
  }
  const verdict v = check(told, {}, found, allowed);
  return v.violations.empty() ? "" : v.violations.front();
}

const allowance nothing_lost, nats_lost{.log_data = true}, disk_lost{.disks = {"n1"}},
    both_lost{.log_data = true, .disks = {"n1"}}, other_disk_lost{.log_data = true, .disks = {"n2", "n3"}};

bool starts_with(const std::string& text, const char* head) { return text.starts_with(head); }

} // namespace

TEST_CASE("a write at `log` may be lost where NATS has lost data alone: then it is in quarantine, or went with its "
          "owner's disk as well") {
  for (const kept where : {kept::in_quarantine, kept::nowhere}) {
    CHECK(starts_with(said_of_lost_write(level::log, where, nothing_lost), "`log`: "));
    CHECK(starts_with(said_of_lost_write(level::log, where, disk_lost), "`log`: "));
    CHECK(said_of_lost_write(level::log, where, both_lost) == "");
  }
  CHECK(said_of_lost_write(level::log, kept::in_quarantine, nats_lost) == "");
  CHECK(starts_with(said_of_lost_write(level::log, kept::nowhere, nats_lost), "I9: "));
  CHECK(starts_with(said_of_lost_write(level::log, kept::nowhere, other_disk_lost), "I9: "));
}

TEST_CASE("a write at `local` may be in quarantine, and gone with its owner's disk alone") {
  for (const allowance& allowed : {nothing_lost, nats_lost, disk_lost, both_lost})
    CHECK(said_of_lost_write(level::local, kept::in_quarantine, allowed) == "");
  CHECK(starts_with(said_of_lost_write(level::local, kept::nowhere, nothing_lost), "I9: "));
  CHECK(starts_with(said_of_lost_write(level::local, kept::nowhere, nats_lost), "I9: "));
  CHECK(said_of_lost_write(level::local, kept::nowhere, disk_lost) == "");
  CHECK(starts_with(said_of_lost_write(level::local, kept::nowhere, other_disk_lost), "I9: "));
}

TEST_CASE("a write at `peers` may never be lost") {
  for (const allowance& allowed : {nothing_lost, nats_lost, disk_lost, both_lost})
    CHECK(starts_with(said_of_lost_write(level::peers, kept::in_quarantine, allowed), "I2: "));
}

TEST_CASE("what a read showed is committed: it may go where NATS has lost data alone") {
  history told;
  told.reads.push_back({"t", false, 1, 2, 2, {{2, "x"}}});
  evidence found;
  found.members.emplace_back().name = "n1";
  found.threads["t"].messages[1] = "first";
  CHECK(check(told, {}, found, nothing_lost).violations.size() == 1);
  CHECK(check(told, {}, found, disk_lost).violations.size() == 1);
  CHECK(check(told, {}, found, nats_lost).violations.empty());
}
