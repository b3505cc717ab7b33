// ropewalk cluster add, ropewalk cluster remove
//
// Each partition has its list of members in its own chain, and its owner changes it: they are asked one after the other, each until it
// says that the change is committed. What was done before stays done, so a command that was broken off is given again.

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "cli/cluster/cluster_report.hpp"
#include "cli/cluster/verbs.hpp"
#include "cli/counted.hpp"
#include "cli/duration_text.hpp"
#include "cli/option.hpp"
#include "cli/progress.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::chrono::milliseconds asks_again_after{300};

struct member_change_options {
  bool add = true;
  std::string member;
  std::uint64_t guaranteed_peers = 0;
  std::string wait = "5m";
};

class members_walk {
public:
  members_walk(session& s, const member_change_options& o, std::chrono::milliseconds most)
      : s_(s), o_(o), until_(std::chrono::steady_clock::now() + most) {}

  result<exit_code> run() {
    if (auto known = look(); !known) return known.error();
    if (auto fine = check(); !fine) return fine.error();
    const std::size_t all = report_.partitions;
    progress shown(fmt::format("{} {}", o_.add ? "adding" : "removing", o_.member), all, "partitions");
    for (std::size_t p = 0; p < all; ++p) {
      if (auto done = one(p); !done) {
        shown.clear();
        return done.error();
      }
      shown.at(p + 1);
    }
    shown.clear();
    json_writer w;
    w.begin_object().field("member", o_.member).field("change", o_.add ? "add" : "remove");
    w.field("partitions", std::uint64_t{all}).field("changed", std::uint64_t{changed_}).end_object();
    const auto doc = reply_document::parse(std::move(w).take());
    if (!doc) return doc.error();
    s_.out().sentence(doc->root(), sentence(all));
    return exit_code::ok;
  }

private:
  std::string sentence(std::size_t all) const {
    if (changed_ == 0)
      return fmt::format("{} {} of any partition", o_.member, o_.add ? "is a member already" : "is no member");
    return fmt::format("{} {} of {}; write it into the cluster's file", o_.member,
                       o_.add ? "is a member" : "is a member no more", counted(all, "partition"));
  }

  status_result look() {
    auto report = ask_cluster(s_);
    if (!report) return report.error();
    report_ = *std::move(report);
    return ok();
  }

  status_result check() const {
    if (!o_.add) return ok();
    for (const auto* list : {&report_.members, &report_.outsiders})
      for (const member_report& m : *list)
        if (m.name == o_.member && m.answers()) return ok();
    return error{
        errc::unavailable, "no_responders",
        fmt::format("\"{0}\" does not answer: start it first, with the cluster's file: ropewalk node --name {0} "
                    "--cluster FILE ...",
                    o_.member),
        "MEMBER"};
  }

  // One partition, until it is done there.
  status_result one(std::size_t p) {
    bool any = report_.is_member(p, o_.member) != o_.add;
    for (std::string why;; std::this_thread::sleep_for(asks_again_after)) {
      const member_report* owner = report_.server_of(p);
      result<reply_document> said = error{errc::unavailable, "no_owner", "no member serves it right now", "partition"};
      if (owner) {
        json_writer w;
        w.begin_object().field("partition", std::uint64_t{p}).field("change", o_.add ? "add" : "remove");
        w.field("member", o_.member);
        if (o_.guaranteed_peers > 0) w.field("guaranteed_peers", o_.guaranteed_peers);
        w.end_object();
        auto client = s_.client();
        if (!client) return client.error();
        said = (*client)->node(owner->name, "change_members", w.text());
      }
      if (said && said->text("state") == "done") {
        changed_ += any ? 1 : 0;
        return ok();
      }
      if (said) {
        any = true;
        why = told(said->text("state"));
      } else if (said.error().type == "hand_over_first") {
        why = hand_over(p, *owner);
      } else if (!retryable(said.error().code) && said.error().type != "not_served_here" &&
                 said.error().type != "change_under_way") {
        return said.error();
      } else {
        why = said.error().detail;
      }
      if (std::chrono::steady_clock::now() > until_)
        return error{errc::unavailable,
                     "not_done",
                     fmt::format("partition {}: {}; {} of {} are done, give the command again to go on", p, why, p,
                                 counted(report_.partitions, "partition")),
                     {}};
      if (!said)
        if (auto known = look(); !known) return known.error();
    }
  }

  std::string told(const std::string& state) const {
    if (state == "learning") return "\"" + o_.member + "\" is not in step yet";
    if (state == "waiting") return "too few of the members that would be left are in step";
    return "the change is written and waits for the members' disks";
  }

  // To whoever is least behind of those that stay; to one that was drained only if there is no other.
  std::string hand_over(std::size_t p, const member_report& owner) {
    const member_report* to = nullptr;
    for (const member_report& m : report_.members)
      if (m.name != owner.name && m.answers() && m.partitions[p].standing && report_.is_member(p, m.name) &&
          (!to || std::pair(m.partitions[p].resting, report_.behind(m, p)) <
                      std::pair(to->partitions[p].resting, report_.behind(*to, p))))
        to = &m;
    if (!to) return "\"" + owner.name + "\" serves it, and no other member is in full standing there";
    json_writer w;
    w.begin_object().field("partition", std::uint64_t{p}).field("to", to->name).field("drain", true).end_object();
    auto client = s_.client();
    if (!client) return client.error().detail;
    const auto moved = (*client)->node(owner.name, "move", w.text());
    return moved ? "it moves to \"" + to->name + '"' : moved.error().detail;
  }

  session& s_;
  const member_change_options& o_;
  const std::chrono::steady_clock::time_point until_;
  cluster_report report_;
  std::size_t changed_ = 0;
};

result<exit_code> run_cluster_change(session& s, const member_change_options& o) {
  const auto most = parse_duration(o.wait, "--wait");
  if (!most) return most.error();
  return members_walk(s, o, *most).run();
}

std::shared_ptr<member_change_options> add_change_options(CLI::App& verb, bool add) {
  auto o = std::make_shared<member_change_options>();
  o->add = add;
  add_option(verb, "MEMBER", o->member, "name of the node").required();
  add_option(verb, "--guaranteed-peers", o->guaranteed_peers,
             "N afterwards; default: half of the members where it is that now, else as it is");
  add_option(verb, "--wait", o->wait, "how long to wait until it is done: 30s, 10m").shows_default();
  return o;
}

} // namespace

void add_cluster_add(command_line& line, CLI::App& cluster) {
  CLI::App& verb = line.verb(
      cluster,
      {.name = "add",
       .summary = "Make a node a member, without a stop",
       .details = "The node runs already, with the cluster's file and keyring; it need not stand in the file. In each\n"
                  "partition it learns first, and counts once it is in step. Given again it goes on where it was.\n"
                  "Exit code 6 if it is not done in time.",
       .example = "ropewalk cluster add n4\nropewalk cluster add n5 --guaranteed-peers 2"});
  const auto o = add_change_options(verb, true);
  line.on(verb, [o](session& s) { return run_cluster_change(s, *o); });
}

void add_cluster_remove(command_line& line, CLI::App& cluster) {
  CLI::App& verb = line.verb(
      cluster,
      {.name = "remove",
       .summary = "Make a node a member no more, without a stop",
       .details = "It may be gone already. What it serves is handed over first. To replace a member add the new one,\n"
                  "then remove the old one; where that one's disk is lost, in this order as well. Given again it\n"
                  "goes on where it was. Exit code 6 if it is not done in time.",
       .example = "ropewalk cluster remove n2"});
  const auto o = add_change_options(verb, false);
  line.on(verb, [o](session& s) { return run_cluster_change(s, *o); });
}

} // namespace ropewalk::cli
