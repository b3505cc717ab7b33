#include "cli/cluster/cluster_report.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "cli/node/which_node.hpp"
#include "cli/reply_fields.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto commit_patience = 3s; // a stream's election takes longer; nothing is committed meanwhile
constexpr auto look_again_every = 100ms;

std::vector<std::string> names_of(json_view object) {
  std::vector<std::string> names;
  const auto members = object.find("members");
  if (!members || !members->is(json_type::array)) return names;
  for (const json_view m : members->elements())
    if (m.is(json_type::string)) names.push_back(m.string());
  return names;
}

std::vector<partition_report> partitions_of(json_view reply) {
  std::vector<partition_report> all;
  const auto partitions = reply.find("partitions");
  if (!partitions || !partitions->is(json_type::array)) return all;
  for (const json_view p : partitions->elements()) {
    all.push_back({text_of(p, "stage"), text_of(p, "owner"), flag_of(p, "serving"), flag_of(p, "standing"),
                   flag_of(p, "resting"), natural_of(p, "epoch"), natural_of(p, "generation"), natural_of(p, "head"),
                   natural_of(p, "accepted"), natural_of(p, "durable"), names_of(p), natural_of(p, "guaranteed_peers"),
                   flag_of(p, "changing"), natural_of(p, "stream_silent_ms")});
  }
  return all;
}

void take_answer(cluster_report& r, member_report& m, const reply_document& reply) {
  if (r.id.empty()) {
    r.id = reply.text("cluster");
    r.partitions = partitions_of(reply.root()).size();
  }
  if (reply.text("cluster") != r.id) m.trouble = "it is of cluster \"" + reply.text("cluster") + '"';
  else if (m.partitions = partitions_of(reply.root()); m.partitions.size() != r.partitions)
    m.trouble = "it says that there are " + std::to_string(m.partitions.size()) + " partitions";
  if (!m.answers()) return;
  m.quarantined = natural_of(reply.root(), "quarantined");
  m.quarantine_alarm = natural_of(reply.root(), "quarantine_alarm");
}

void ask_member(wire_client& client, cluster_report& r, member_report& m) {
  if (const auto reply = client.node(m.name, "partitions")) take_answer(r, m, *reply);
  else m.trouble = reply.error().detail;
}

// Whoever serves the partition, else whoever knows most of it.
const partition_report* best_told(const cluster_report& r, std::size_t p) {
  if (const member_report* owner = r.server_of(p)) return &owner->partitions[p];
  const partition_report* best = nullptr;
  for (const member_report& m : r.members)
    if (m.answers() &&
        (!best || std::pair(best->epoch, best->head) < std::pair(m.partitions[p].epoch, m.partitions[p].head)))
      best = &m.partitions[p];
  return best;
}

// Whom any partition's list names.
std::vector<std::string> listed(const cluster_report& r) {
  std::vector<std::string> names;
  for (std::size_t p = 0; p < r.partitions; ++p)
    if (const partition_report* told = best_told(r, p))
      for (const std::string& name : told->members)
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

void write_members(json_writer& w, const cluster_report& r) {
  w.key("members").begin_array();
  const auto write = [&](const member_report& m, std::string_view no_member) {
    w.begin_object().field("member", m.name).field("answers", m.answers());
    if (!m.answers()) w.field("trouble", m.trouble);
    else
      w.field("serving", std::uint64_t{m.serving()})
          .field("behind", r.most_behind(m))
          .field("without_standing", std::uint64_t{m.without_standing()})
          .field("resting", m.rests())
          .field("quarantined", m.quarantined)
          .field("quarantine_alarm", m.quarantine_alarm);
    if (!no_member.empty()) w.field("no_member", no_member);
    w.end_object();
  };
  for (const member_report& m : r.members) {
    std::size_t in = 0;
    for (std::size_t p = 0; p < r.partitions; ++p) in += r.is_member(p, m.name) ? 1 : 0;
    write(m, in == r.partitions ? "" : "in " + std::to_string(r.partitions - in) + " partitions");
  }
  for (const member_report& m : r.outsiders) {
    const bool removed = std::any_of(m.partitions.begin(), m.partitions.end(),
                                     [](const partition_report& p) { return p.stage == "removed"; });
    write(m, removed ? "removed" : "not yet");
  }
  w.end_array();
}

} // namespace

std::size_t member_report::serving() const {
  return static_cast<std::size_t>(
      std::count_if(partitions.begin(), partitions.end(), [](auto& p) { return p.serving; }));
}

bool member_report::rests() const {
  return std::any_of(partitions.begin(), partitions.end(), [](auto& p) { return p.resting && p.stage != "removed"; });
}

std::size_t member_report::without_standing() const {
  return static_cast<std::size_t>(
      std::count_if(partitions.begin(), partitions.end(), [](auto& p) { return !p.standing; }));
}

const member_report* cluster_report::member(const std::string& name) const {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const member_report& m) { return m.name == name; });
  return found == members.end() ? nullptr : &*found;
}

const member_report* cluster_report::server_of(std::size_t partition) const {
  const member_report* best = nullptr;
  for (const member_report& m : members)
    if (m.answers() && m.partitions[partition].serving &&
        (!best || m.partitions[partition].epoch > best->partitions[partition].epoch))
      best = &m;
  return best;
}

std::uint64_t cluster_report::accepted(std::size_t partition) const {
  std::uint64_t most = 0;
  for (const member_report& m : members)
    if (m.answers()) most = std::max(most, m.partitions[partition].accepted);
  return most;
}

std::uint64_t cluster_report::behind(const member_report& m, std::size_t partition) const {
  const std::uint64_t all = accepted(partition), has = m.partitions[partition].durable;
  return all > has ? all - has : 0;
}

std::uint64_t cluster_report::most_behind(const member_report& m) const {
  std::uint64_t most = 0;
  for (std::size_t p = 0; p < partitions; ++p) most = std::max(most, behind(m, p));
  return most;
}

std::vector<std::string> cluster_report::missing() const {
  std::vector<std::string> names;
  for (const member_report& m : members)
    if (!m.answers()) names.push_back(m.name);
  return names;
}

std::vector<std::size_t> cluster_report::without_owner() const {
  std::vector<std::size_t> all;
  for (std::size_t p = 0; p < partitions; ++p)
    if (!server_of(p)) all.push_back(p);
  return all;
}

std::uint64_t cluster_report::uncommitted(std::size_t partition) const {
  const member_report* owner = server_of(partition);
  return owner ? owner->partitions[partition].uncommitted() : 0;
}

std::vector<std::size_t> cluster_report::standing_still() const {
  std::vector<std::size_t> all;
  for (std::size_t p = 0; p < partitions; ++p)
    if (const member_report* owner = server_of(p))
      if (const partition_report& said = owner->partitions[p]; said.stands_still || said.stream_silent_ms > 0)
        all.push_back(p);
  return all;
}

bool cluster_report::is_member(std::size_t partition, const std::string& name) const {
  const partition_report* told = best_told(*this, partition);
  return told && std::find(told->members.begin(), told->members.end(), name) != told->members.end();
}

std::vector<std::string> members_beside(wire_client& client, const std::vector<std::string>& nodes) {
  std::vector<cluster_report> clusters;
  for (const std::string& name : nodes) {
    const auto reply = client.node(name, "partitions");
    if (!reply) continue;
    const std::string id = reply->text("cluster");
    auto of = std::find_if(clusters.begin(), clusters.end(), [&](const cluster_report& r) { return r.id == id; });
    if (of == clusters.end()) of = clusters.insert(of, cluster_report{});
    member_report m;
    m.name = name;
    take_answer(*of, m, *reply);
    if (m.answers()) of->members.push_back(std::move(m));
  }
  std::vector<std::string> beside;
  for (const cluster_report& r : clusters)
    for (std::string& name : listed(r))
      if (std::find(nodes.begin(), nodes.end(), name) == nodes.end()) beside.push_back(std::move(name));
  return beside;
}

// All that answer are asked; who of them counts is what the owners say.
result<cluster_report> ask_cluster(session& s) {
  const auto found = nodes_that_answer(s);
  if (!found) return found.error();
  auto client = s.client();
  if (!client) return client.error();
  cluster_report r;
  error first;
  for (const std::string& name : *found) {
    member_report m;
    m.name = name;
    ask_member(**client, r, m);
    if (m.answers()) r.members.push_back(std::move(m));
    else if (first.detail.empty()) first = {errc::unavailable, "no_responders", m.trouble, {}};
  }
  if (r.members.empty()) {
    auto why = (*client)->node(found->front(), "partitions");
    return why ? first : why.error();
  }
  const std::vector<std::string> names = listed(r);
  r.guaranteed_peers = UINT64_MAX;
  for (std::size_t p = 0; p < r.partitions; ++p)
    if (const partition_report* told = best_told(r, p))
      r.guaranteed_peers = std::min(r.guaranteed_peers, told->guaranteed_peers);
  std::vector<member_report> answered = std::exchange(r.members, {});
  for (const std::string& name : names) {
    const auto at =
        std::find_if(answered.begin(), answered.end(), [&](const member_report& m) { return m.name == name; });
    if (at != answered.end()) {
      r.members.push_back(std::move(*at));
      answered.erase(at);
      continue;
    }
    member_report m;
    m.name = name;
    ask_member(**client, r, m);
    r.members.push_back(std::move(m));
  }
  r.outsiders = std::move(answered);
  return r;
}

void look_for_standstill(wire_client& client, cluster_report& r) {
  struct look {
    member_report* owner;
    std::size_t partition;
  };
  std::vector<look> open;
  for (member_report& m : r.members)
    for (std::size_t p = 0; p < r.partitions; ++p)
      if (r.server_of(p) == &m && m.partitions[p].uncommitted() > 0 && m.partitions[p].stream_silent_ms == 0) open.push_back({&m, p});
  const auto until = std::chrono::steady_clock::now() + commit_patience;
  while (!open.empty() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(look_again_every);
    const auto reply = client.node(open.front().owner->name, "partitions");
    if (!reply) return; // it answered a moment ago
    const std::vector<partition_report> now = partitions_of(reply->root());
    std::erase_if(open, [&, asked = open.front().owner](const look& l) {
      if (l.owner != asked || now.size() != r.partitions) return l.owner == asked;
      partition_report& before = l.owner->partitions[l.partition];
      const partition_report& after = now[l.partition];
      before.stream_silent_ms = after.stream_silent_ms;
      return !after.serving || after.accepted > before.accepted;
    });
    if (!open.empty()) std::rotate(open.begin(), open.begin() + 1, open.end());
  }
  for (const look& l : open) l.owner->partitions[l.partition].stands_still = true;
}

std::string render_status(const cluster_report& r) {
  json_writer w;
  w.begin_object().field("cluster", r.id).field("guaranteed_peers", r.guaranteed_peers);
  w.field("partitions", std::uint64_t{r.partitions});
  w.key("missing").begin_array();
  for (const std::string& m : r.missing()) w.value(m);
  w.end_array().key("without_owner").begin_array();
  for (const std::size_t p : r.without_owner()) w.value(std::uint64_t{p});
  w.end_array();
  std::uint64_t uncommitted = 0;
  for (std::size_t p = 0; p < r.partitions; ++p) uncommitted += r.uncommitted(p);
  w.field("uncommitted", uncommitted).key("standing_still").begin_array();
  for (const std::size_t p : r.standing_still()) w.value(std::uint64_t{p});
  w.end_array();
  write_members(w, r);
  w.end_object();
  return std::move(w).take();
}

std::string render_members(const cluster_report& r) {
  json_writer w;
  w.begin_object();
  write_members(w, r);
  w.end_object();
  return std::move(w).take();
}

std::string render_partitions(const cluster_report& r) {
  json_writer w;
  w.begin_object().key("partitions").begin_array();
  const std::vector<std::size_t> still = r.standing_still();
  for (std::size_t p = 0; p < r.partitions; ++p) {
    const member_report* owner = r.server_of(p);
    const partition_report* best = best_told(r, p);
    const partition_report told = best ? *best : partition_report{};
    w.begin_object().field("partition", std::uint64_t{p}).field("owner", owner ? owner->name : "");
    w.field("epoch", told.epoch).field("generation", told.generation).field("head", told.head);
    w.field("uncommitted", r.uncommitted(p));
    w.field("standing_still", std::find(still.begin(), still.end(), p) != still.end());
    w.field("stream_silent_ms", owner ? told.stream_silent_ms : 0);
    w.key("behind").begin_object();
    for (const member_report& m : r.members) {
      w.key(m.name);
      if (m.answers()) w.value(r.behind(m, p));
      else w.null();
    }
    w.end_object().end_object();
  }
  w.end_array().end_object();
  return std::move(w).take();
}

} // namespace ropewalk::cli
