#include "cli/cluster/cluster_verification.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "cli/reply_fields.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/replication/configuration.hpp"

namespace ropewalk::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 200ms;
// A member that has not heard of a takeover yet holds, for a moment, entries that are on their way to quarantine: a difference counts when
// it is seen twice.
constexpr auto second_look_after = 2s;
constexpr int looks = 5;

const error stopped_early{errc::unavailable, "interrupted", "the verification was interrupted", {}};

result<chain_answer> ask_chain(wire_client& client, const std::string& member, std::uint64_t partition,
                               const chain_places& places) {
  json_writer w;
  w.begin_object().field("partition", partition).field("to", places.to);
  if (places.to > 0) w.field("from", places.from).field("count", places.count);
  w.end_object();
  const auto reply = client.node(member, "chain", w.text());
  if (!reply) return reply.error();
  chain_answer answer;
  answer.durable = natural_of(reply->root(), "durable");
  const auto points = reply->root().find("points");
  if (!points || !points->is(json_type::array))
    return error{errc::internal, "bad_reply", "the reply of " + member + " has no points", {}};
  for (const json_view p : points->elements())
    answer.points.push_back({natural_of(p, "index"), text_of(p, "hash"), text_of(p, "unreadable")});
  return answer;
}

class verification_run {
public:
  verification_run(wire_client& client, const verification_options& o, cluster_report report) : client_(client), o_(o) {
    seen_.cluster = std::move(report);
    for (const member_report& m : seen_.cluster.members) seen_.members.push_back({m.name, m.trouble, false, 0, 0, {}});
  }

  result<cluster_verification> run() {
    if (o_.read_journals)
      if (auto read = read_journals(); !read) return read.error();
    for (std::uint64_t p = 0; p < seen_.cluster.partitions; ++p)
      if (auto compared = compare(p); !compared) return compared.error();
    return std::move(seen_);
  }

private:
  bool stopped() const { return o_.go_on && !o_.go_on(); }

  status_result pause(std::chrono::milliseconds wanted) const {
    for (const auto until = std::chrono::steady_clock::now() + wanted; std::chrono::steady_clock::now() < until;
         std::this_thread::sleep_for(50ms))
      if (stopped()) return stopped_early;
    return ok();
  }

  // All at once, in their background; asked how far they are until all are done.
  status_result read_journals() {
    std::vector<member_verification*> running;
    for (member_verification& m : seen_.members) {
      if (!m.trouble.empty()) continue;
      if (const auto begun = client_.node(m.name, "verify", R"({"start":true})"); begun) running.push_back(&m);
      else m.trouble = begun.error().detail;
    }
    while (!running.empty()) {
      if (auto waited = pause(look_every); !waited) return waited;
      std::uint64_t done = 0, all = 0;
      std::erase_if(running, [&](member_verification* m) {
        const auto reply = client_.node(m->name, "verify");
        if (!reply) {
          m->trouble = reply.error().detail;
          return true;
        }
        done += natural_of(reply->root(), "done");
        all += natural_of(reply->root(), "all");
        if (reply->text("state") == "running") return false;
        note(*m, reply->root());
        return true;
      });
      if (o_.progress) o_.progress(done, all);
    }
    return ok();
  }

  static void note(member_verification& m, json_view reply) {
    const auto report = reply.find("report");
    if (!report) {
      m.trouble = "its journal could not be read: " + text_of(reply, "detail");
      return;
    }
    m.read = true;
    m.entries = natural_of(*report, "entries");
    m.refused_checkpoints = natural_of(*report, "refused_checkpoints");
    if (const auto bad = report->find("first_bad"))
      m.damage = chain_damage{natural_of(*bad, "partition"), natural_of(*bad, "index"),
                              natural_of(*bad, "position"), text_of(*bad, "why")};
  }

  status_result compare(std::uint64_t partition) {
    std::vector<std::string> members;
    for (const member_verification& m : seen_.members)
      if (m.trouble.empty()) members.push_back(m.name);
    const auto look = [&] {
      return compare_chains(members, [&](const std::string& member, const chain_places& places) {
        return ask_chain(client_, member, partition, places);
      });
    };
    chain_comparison last = look();
    bool twice = !last.found && !last.unsettled; // nothing differs, or the same did again
    for (int i = 1; i < looks && !twice; ++i) {
      if (auto waited = pause(second_look_after); !waited) return waited;
      chain_comparison again = look();
      // Who has come so far may be others each time.
      twice = again.found ? last.found && again.found->index == last.found->index && again.found->differ == last.found->differ
                          : !again.unsettled;
      last = std::move(again);
    }
    if (!twice)
      return error{errc::unavailable, "chains_change",
                   fmt::format("the chains of partition {} changed whenever they were compared; try again", partition), {}};
    for (const std::string& silent : last.silent)
      for (member_verification& m : seen_.members)
        if (m.name == silent && m.trouble.empty()) m.trouble = "it did not say what its chains are";
    seen_.compared.push_back(last.compared);
    if (last.found) seen_.divergences.push_back({partition, *std::move(last.found)});
    return stopped() ? status_result(stopped_early) : ok();
  }

  wire_client& client_;
  const verification_options& o_;
  cluster_verification seen_;
};

// With all that another one has on its disk, which is to be given up. One that is damaged anywhere was not read to its end.
bool holds_right_chain(const cluster_verification& v, std::size_t member, std::uint64_t partition, std::uint64_t all) {
  const member_verification& m = v.members[member];
  const member_report& r = v.cluster.members[member];
  if (!m.trouble.empty() || m.damage || !r.answers()) return false;
  if (!r.partitions[partition].standing || r.partitions[partition].durable < all) return false;
  for (const partition_divergence& d : v.divergences) {
    if (d.partition != partition) continue;
    const auto& held = d.what.hashes;
    const bool has_it = std::any_of(held.begin(), held.end(), [&](const auto& h) { return h.member == m.name; });
    const auto& differ = d.what.differ;
    if (!has_it || differ.empty() || std::find(differ.begin(), differ.end(), m.name) != differ.end()) return false;
  }
  return true;
}

} // namespace

bool cluster_verification::verified() const {
  return divergences.empty() && std::none_of(members.begin(), members.end(), [](const member_verification& m) {
           return m.damage || m.refused_checkpoints > 0;
         });
}

std::vector<std::string> cluster_verification::missing() const {
  std::vector<std::string> names;
  for (const member_verification& m : members)
    if (!m.trouble.empty()) names.push_back(m.name);
  return names;
}

result<cluster_verification> verify_cluster(session& s, const verification_options& o) {
  auto report = ask_cluster(s);
  if (!report) return report.error();
  auto client = s.client();
  if (!client) return client.error();
  return verification_run(**client, o, *std::move(report)).run();
}

result<std::vector<repair_order>> plan_repair(const cluster_verification& v, const std::string& member) {
  const auto found = std::find_if(v.members.begin(), v.members.end(),
                                  [&](const member_verification& m) { return m.name == member; });
  if (found == v.members.end())
    return error{errc::not_found, "unknown_member",
                 fmt::format("\"{}\" is not a member of cluster \"{}\"", member, v.cluster.id), "--repair"};
  if (!found->trouble.empty())
    return error{errc::unavailable, "no_responders", member + ": " + found->trouble, "--repair"};
  std::vector<repair_order> orders;
  if (found->damage) {
    if (found->damage->index == 0)
      return error{errc::conflict, "must_be_wiped",
                   fmt::format("the journal of {} is damaged at position {} ({}), which cannot be repaired in place; stop "
                               "the node, move its directory aside and start it again",
                               member, found->damage->position, found->damage->why),
                   "--repair"};
    orders.push_back({found->damage->partition, found->damage->index, {}});
  }
  for (const partition_divergence& d : v.divergences) {
    const auto& differ = d.what.differ;
    if (std::find(differ.begin(), differ.end(), member) == differ.end()) continue;
    repair_order order{d.partition, d.what.index, {}};
    for (const auto& h : d.what.hashes)
      if (h.member == member) order.hash = h.at.hash;
    const auto same = std::find_if(orders.begin(), orders.end(),
                                   [&](const repair_order& o) { return o.partition == d.partition; });
    if (same == orders.end()) orders.push_back(std::move(order));
    else if (order.from < same->from) *same = std::move(order);
  }
  const auto victim = static_cast<std::size_t>(found - v.members.begin());
  for (const repair_order& o : orders) {
    const partition_report& held = v.cluster.members[victim].partitions[o.partition];
    const member_report* owner = v.cluster.server_of(o.partition);
    const partition_report& told = owner ? owner->partitions[o.partition] : held;
    const replication::voters counted{told.members, static_cast<std::uint32_t>(told.guaranteed_peers)};
    const std::size_t needed = std::max<std::size_t>(counted.guaranteed_peers + 1, counted.promises());
    std::size_t good = 0;
    for (std::size_t i = 0; i < v.members.size(); ++i)
      good += i != victim && counted.has(v.members[i].name) && holds_right_chain(v, i, o.partition, held.durable) ? 1 : 0;
    if (good < needed)
      return error{errc::unavailable, "too_few_good",
                   fmt::format("{} other {} partition {} as most do, in full standing; {} must, so that {} can learn it "
                               "from them and nothing is lost",
                               good, good == 1 ? "member holds" : "members hold", o.partition, needed, member),
                   "--repair"};
  }
  return orders;
}

const repair_order* wrong_again(const std::vector<repair_order>& repaired, const std::vector<repair_order>& orders) {
  for (const repair_order& o : orders)
    for (const repair_order& before : repaired)
      if (before.partition == o.partition && before.from <= o.from) return &o;
  return nullptr;
}

std::string render_verification(const cluster_verification& v, const std::vector<repair_order>& repaired) {
  json_writer w;
  w.begin_object().field("verified", v.verified()).field("cluster", v.cluster.id).key("missing").begin_array();
  for (const std::string& m : v.missing()) w.value(m);
  w.end_array().key("members").begin_array();
  for (const member_verification& m : v.members) {
    w.begin_object().field("member", m.name).field("answers", m.trouble.empty());
    if (!m.trouble.empty()) w.field("trouble", m.trouble);
    if (m.read) w.field("entries", m.entries).field("refused_checkpoints", m.refused_checkpoints);
    if (m.damage)
      w.key("first_bad")
          .begin_object()
          .field("partition", m.damage->partition)
          .field("index", m.damage->index)
          .field("position", m.damage->position)
          .field("why", m.damage->why)
          .end_object();
    w.end_object();
  }
  w.end_array().key("partitions").begin_array();
  for (std::size_t p = 0; p < v.compared.size(); ++p)
    w.begin_object().field("partition", std::uint64_t{p}).field("compared", v.compared[p]).end_object();
  w.end_array().key("divergences").begin_array();
  for (const partition_divergence& d : v.divergences) {
    w.begin_object().field("partition", d.partition).field("index", d.what.index).key("hashes").begin_array();
    for (const auto& h : d.what.hashes) {
      w.begin_object().field("member", h.member);
      if (h.at.hash.empty()) w.field("unreadable", h.at.unreadable);
      else w.field("hash", h.at.hash);
      w.end_object();
    }
    w.end_array().key("differ").begin_array();
    for (const std::string& m : d.what.differ) w.value(m);
    w.end_array().end_object();
  }
  w.end_array();
  if (!repaired.empty()) {
    w.key("repaired").begin_array();
    for (const repair_order& o : repaired)
      w.begin_object().field("partition", o.partition).field("from", o.from).end_object();
    w.end_array();
  }
  w.end_object();
  return std::move(w).take();
}

} // namespace ropewalk::cli
