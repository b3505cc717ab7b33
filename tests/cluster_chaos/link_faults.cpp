// Links between a node and NATS, and among nats-servers, that are cut, lose one direction or single messages, hold bytes back or are
// slow.

#include "tests/cluster_chaos/faults.hpp"

#include <algorithm>

namespace ropewalk::chaos {
namespace {

// A node's links to all servers.
class link_fault : public fault {
public:
  link_fault(chaos_cluster& c, int which, std::uint64_t random) : fault(c), draw(random) {
    for (int s = 0; s < c.nats().count(); ++s) links_.push_back(&c.link(which, s));
  }
  void begin() override {
    before_ = sum();
    for (tcp_proxy* l : links_) cut(*l);
  }
  void end() override {
    const tcp_proxy::tally now = sum();
    const std::string proof = show(before_, now);
    for (tcp_proxy* l : links_) restore(*l);
    if (!proof.empty()) happened(proof);
  }

protected:
  virtual void cut(tcp_proxy& l) = 0;
  virtual void restore(tcp_proxy& l) { l.heal(); }
  virtual std::string show(const tcp_proxy::tally& before, const tcp_proxy::tally& now) const {
    return now.lost > before.lost ? std::to_string(now.lost - before.lost) + " bytes lost" : std::string();
  }
  const std::uint64_t draw;

private:
  tcp_proxy::tally sum() const {
    tcp_proxy::tally all;
    for (const tcp_proxy* l : links_) {
      const auto one = l->counts();
      all.lost += one.lost;
      all.held += one.held;
      all.delayed += one.delayed;
      all.closed += one.closed;
      all.messages_lost += one.messages_lost;
    }
    return all;
  }
  std::vector<tcp_proxy*> links_;
  tcp_proxy::tally before_;
};

class link_cut : public link_fault {
public:
  using link_fault::link_fault;
  void cut(tcp_proxy& l) override {
    l.set(tcp_proxy::to_server, tcp_proxy::losing);
    l.set(tcp_proxy::to_client, tcp_proxy::losing);
  }
};

class link_loses_what_node_says : public link_fault {
public:
  using link_fault::link_fault;
  void cut(tcp_proxy& l) override { l.set(tcp_proxy::to_server, tcp_proxy::losing); }
};

// What the node publishes arrives; acknowledgements and all else that is said to it do not.
class link_loses_what_node_hears : public link_fault {
public:
  using link_fault::link_fault;
  void cut(tcp_proxy& l) override { l.set(tcp_proxy::to_client, tcp_proxy::losing); }
};

std::string messages_gone(std::uint64_t before, std::uint64_t now, const char* what) {
  return now > before ? std::to_string(now - before) + " " + what + " lost" : "";
}

// Of the two nodes one that has something to publish, if there is one.
int owner_among(chaos_cluster& c, int which) {
  const auto [one, other] = pair_of(which, c.nodes());
  const auto said = c.ask_node(one, "partitions");
  if (said.code != 200) return other;
  const auto& partitions = said.body.at("partitions");
  const bool owns = std::any_of(partitions.begin(), partitions.end(), [](auto& p) { return p.at("serving") == true; });
  return owns ? one : other;
}

// The node beats, hears the others and reads its streams, and does not learn that its records are stored.
class link_loses_acknowledgements : public link_fault {
public:
  link_loses_acknowledgements(chaos_cluster& c, int which, std::uint64_t random)
      : link_fault(c, owner_among(c, which), random) {}
  void cut(tcp_proxy& l) override { l.lose(tcp_proxy::to_client, acknowledges_publish); }
  std::string show(const tcp_proxy::tally& before, const tcp_proxy::tally& now) const override {
    return messages_gone(before.messages_lost, now.messages_lost, "acknowledgements");
  }
};

// Two members that reach NATS, their streams and all others, and do not hear each other, or one of them the other. Answers to what
// the other one asked still come: nothing in their subjects says whose they are.
class members_apart : public fault {
public:
  members_apart(chaos_cluster& c, int which, std::uint64_t random) : fault(c) {
    const auto [one, other] = pair_of(which, c.nodes());
    if (random % 3 != 1) silent_.push_back({one, other});
    if (random % 3 != 2) silent_.push_back({other, one});
  }
  void begin() override {
    before_ = lost();
    for (const auto& [from, to] : silent_)
      for (int s = 0; s < cluster.nats().count(); ++s) cluster.link(from, s).lose(tcp_proxy::to_server, said_to(to));
  }
  void end() override {
    std::string who;
    for (const auto& [from, to] : silent_) who += " " + cluster.node_name(from) + "->" + cluster.node_name(to);
    const std::string proof = messages_gone(before_, lost(), "messages");
    if (!proof.empty()) happened(proof + who);
    for (const auto& [from, to] : silent_)
      for (int s = 0; s < cluster.nats().count(); ++s) cluster.link(from, s).heal();
  }

private:
  // Replication, what entities tell each other, and requests that are handed on.
  frame_choice said_to(int member) const {
    const std::string cluster_head = cluster.shape().prefix + ".cluster." + cluster.shape().id + ".",
                      name = cluster.node_name(member);
    return [to = cluster_head + "to." + name, internal = cluster_head + "internal." + name,
            at = cluster.shape().prefix + ".at." + name + "."](const nats_frame& f) {
      return f.subject == to || f.subject == internal || f.subject.starts_with(at);
    };
  }
  std::uint64_t lost() const {
    std::uint64_t all = 0;
    for (const auto& [from, to] : silent_)
      for (int s = 0; s < cluster.nats().count(); ++s) all += cluster.link(from, s).counts().messages_lost;
    return all;
  }
  struct silence {
    int from, to;
  };
  std::vector<silence> silent_;
  std::uint64_t before_ = 0;
};

class link_reset : public link_fault {
public:
  using link_fault::link_fault;
  void cut(tcp_proxy& l) override { l.close_connections(); }
  std::string show(const tcp_proxy::tally& before, const tcp_proxy::tally& now) const override {
    return now.closed > before.closed ? std::to_string(now.closed - before.closed) + " connections closed" : "";
  }
};

class link_delays : public link_fault {
public:
  using link_fault::link_fault;
  void cut(tcp_proxy& l) override {
    const int most = static_cast<int>(5 + draw % 200);
    if (draw & 256) l.delay(tcp_proxy::to_server, most / 4, most);
    if (!(draw & 256) || draw & 512) l.delay(tcp_proxy::to_client, most / 4, most);
  }
  std::string show(const tcp_proxy::tally& before, const tcp_proxy::tally& now) const override {
    return now.delayed > before.delayed ? std::to_string(now.delayed - before.delayed) + " bytes delayed" : "";
  }
};

// What the node says is delivered when the link heals, although others may have taken over meanwhile.
class link_holds : public link_fault {
public:
  using link_fault::link_fault;
  void cut(tcp_proxy& l) override {
    l.set(tcp_proxy::to_server, tcp_proxy::holding);
    if (draw & 1) l.set(tcp_proxy::to_client, tcp_proxy::holding);
  }
  std::string show(const tcp_proxy::tally& before, const tcp_proxy::tally& now) const override {
    return now.held > before.held ? std::to_string(now.held - before.held) + " bytes held back" : "";
  }
};

// One server of NATS and the others.
class route_fault : public fault {
public:
  route_fault(chaos_cluster& c, int which, std::uint64_t random) : fault(c), routes_(c.nats().routes_of(which)), draw(random) {}
  void begin() override {
    before_ = lost();
    const bool leaving = draw % 3 != 1, coming = draw % 3 != 2; // both, or one of them
    for (const auto& r : routes_) {
      const auto back = r.leaving == tcp_proxy::to_server ? tcp_proxy::to_client : tcp_proxy::to_server;
      if (leaving) r.link->set(r.leaving, tcp_proxy::losing);
      if (coming) r.link->set(back, tcp_proxy::losing);
    }
  }
  void end() override {
    if (lost() > before_) happened(std::to_string(lost() - before_) + " bytes lost");
    for (const auto& r : routes_) r.link->heal();
  }

private:
  std::uint64_t lost() const {
    std::uint64_t all = 0;
    for (const auto& r : routes_) all += r.link->counts().lost;
    return all;
  }
  std::vector<chaos_nats::route> routes_;
  const std::uint64_t draw;
  std::uint64_t before_ = 0;
};

} // namespace

std::vector<fault_kind> link_fault_kinds() {
  //  name, hits, weight, shortest_ms, longest_ms, servers, clocks, log data, disk, holds back
  return {
      {"link cut", target::link, 6, 300, 12'000, false, false, false, false, true, make_fault<link_cut>},
      {"link loses what the node says", target::link, 5, 300, 12'000, false, false, false, false, true,
       make_fault<link_loses_what_node_says>},
      {"link loses what the node hears", target::link, 5, 100, 6'000, false, false, false, false, true,
       make_fault<link_loses_what_node_hears>},
      {"link loses acknowledgements alone", target::two_links, 7, 500, 12'000, false, false, false, false, true,
       make_fault<link_loses_acknowledgements>},
      {"members do not hear each other", target::two_links, 7, 500, 15'000, false, false, false, false, true,
       make_fault<members_apart>},
      {"link reset", target::link, 4, 100, 500, false, false, false, false, true, make_fault<link_reset>},
      {"link slow", target::link, 5, 1'000, 12'000, false, false, false, false, true, make_fault<link_delays>},
      {"link holds bytes past a takeover", target::link, 7, 500, 15'000, false, false, false, false, true,
       make_fault<link_holds>},
      {"NATS servers cut from each other", target::route, 8, 500, 15'000, true, false, true, false, true,
       make_fault<route_fault>},
  };
}

} // namespace ropewalk::chaos
