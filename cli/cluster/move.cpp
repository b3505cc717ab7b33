// ropewalk cluster move, ropewalk cluster drain

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "cli/cluster/cluster_report.hpp"
#include "cli/cluster/verbs.hpp"
#include "cli/counted.hpp"
#include "cli/option.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

struct cluster_move_options {
  std::uint64_t partition = 0;
  std::string to;
};

result<reply_document> move_to(session& s, const std::string& owner, std::uint64_t partition, const std::string& to,
                               bool drain) {
  auto client = s.client();
  if (!client) return client.error();
  json_writer w;
  w.begin_object().field("partition", partition).field("to", to).field("drain", drain).end_object();
  return (*client)->node(owner, "move", w.text());
}

result<exit_code> run_cluster_move(session& s, const cluster_move_options& o) {
  const auto report = ask_cluster(s);
  if (!report) return report.error();
  const member_report* owner = o.partition < report->partitions ? report->server_of(o.partition) : nullptr;
  if (o.partition < report->partitions && !owner)
    return error{errc::unavailable, "no_owner",
                 fmt::format("no member serves partition {} right now; try again", o.partition), "partition"};
  // A partition that there is not: any member says so.
  const auto answering = [](const member_report& m) { return m.answers(); };
  if (!owner) owner = &*std::find_if(report->members.begin(), report->members.end(), answering);
  const auto reply = move_to(s, owner->name, o.partition, o.to, false);
  if (!reply) return reply.error();
  s.out().sentence(reply->root(), fmt::format("partition {} moves from {} to {}; see: ropewalk cluster partitions",
                                              o.partition, owner->name, o.to));
  return exit_code::ok;
}

struct planned_move {
  std::size_t partition;
  std::string to;
};

// Each partition to whoever has the fewest by then, of those that answer and are in full standing there, and of two such to the
// one that is less behind. Who was drained as well gets them where nobody else can have them.
std::vector<planned_move> plan_drain(const cluster_report& r, const member_report& from) {
  std::vector<std::size_t> serves;
  for (const member_report& m : r.members) serves.push_back(m.serving());
  std::vector<planned_move> moves;
  for (std::size_t p = 0; p < r.partitions; ++p) {
    if (r.server_of(p) != &from) continue;
    std::size_t best = r.members.size();
    for (std::size_t i = 0; i < r.members.size(); ++i) {
      const member_report& m = r.members[i];
      if (&m == &from || !m.answers() || !m.partitions[p].standing) continue;
      const auto rank = [&](std::size_t of) {
        return std::tuple(r.members[of].partitions[p].resting, serves[of], r.behind(r.members[of], p));
      };
      if (best == r.members.size() || rank(i) < rank(best)) best = i;
    }
    if (best == r.members.size()) continue;
    ++serves[best];
    moves.push_back({p, r.members[best].name});
  }
  return moves;
}

result<exit_code> run_cluster_drain(session& s, const std::string& member) {
  const auto report = ask_cluster(s);
  if (!report) return report.error();
  const member_report* from = report->member(member);
  if (!from)
    return error{errc::not_found, "unknown_member",
                 fmt::format("\"{}\" is not a member of cluster \"{}\"", member, report->id), "MEMBER"};
  if (!from->answers()) return error{errc::unavailable, "no_responders", from->trouble, "MEMBER"};
  auto client = s.client();
  if (!client) return client.error();
  const std::size_t serving = from->serving();
  const auto rests = (*client)->node(member, "rest");
  const bool older = !rests && rests.error().type == "unknown_verb"; // it rests with what it is told to hand over
  if (!rests && !(older && serving > 0)) return rests.error();
  const auto moves = plan_drain(*report, *from);
  json_writer w;
  std::size_t refused = serving - std::min(serving, moves.size());
  std::optional<error> first;
  w.begin_object().field("member", member).key("moves").begin_array();
  for (const planned_move& m : moves) {
    const auto reply = move_to(s, member, m.partition, m.to, true);
    w.begin_object().field("partition", std::uint64_t{m.partition}).field("to", m.to).field("started", bool{reply});
    if (!reply) {
      ++refused;
      if (!first) first = reply.error();
      w.field("detail", reply.error().detail);
    }
    w.end_object();
  }
  w.end_array().field("left", std::uint64_t{refused}).end_object();
  const auto doc = reply_document::parse(std::move(w).take());
  if (!doc) return doc.error();
  const std::string left =
      refused == 0
          ? ""
          : fmt::format("; {} cannot: {}", refused,
                        first ? first->detail : "no other member is in full standing there, and meant to own any");
  s.out().sentence(
      doc->root(),
      serving == 0
          ? fmt::format("{} serves no partition, and is given none until it is started anew", member)
          : fmt::format("{} from {}{}; see: ropewalk cluster partitions",
                        counted(serving - refused, "partition") + (serving - refused == 1 ? " moves" : " move"), member,
                        left));
  return refused == 0 ? exit_code::ok : exit_code::unavailable;
}

} // namespace

void add_cluster_move(command_line& line, CLI::App& cluster) {
  auto o = std::make_shared<cluster_move_options>();
  CLI::App& verb = line.verb(
      cluster,
      {.name = "move",
       .summary = "Hand a partition to another member",
       .details = "Its owner stops taking new work for it, lets what it recorded be accepted, and the other one\n"
                  "takes over at once. It comes to nothing if that one is not in step.",
       .example = "ropewalk cluster move 3 n2"});
  add_option(verb, "PARTITION", o->partition, "its number").required();
  add_option(verb, "MEMBER", o->to, "who is to own it").required();
  line.on(verb, [o](session& s) { return run_cluster_move(s, *o); });
}

void add_cluster_drain(command_line& line, CLI::App& cluster) {
  auto member = std::make_shared<std::string>();
  CLI::App& verb =
      line.verb(cluster, {.name = "drain",
                          .summary = "Hand all partitions of a member to the others, before it is stopped",
                          .details = "It stays a member: it follows, and takes over again when an owner fails.\n"
                                     "Exit code 6 if some cannot be moved now.",
                          .example = "ropewalk cluster drain n1 && ropewalk cluster members --watch"});
  add_option(verb, "MEMBER", *member, "whose partitions").required();
  line.on(verb, [member](session& s) { return run_cluster_drain(s, *member); });
}

} // namespace ropewalk::cli
