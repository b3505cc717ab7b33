#include "cli/cluster/verify.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "cli/cluster/cluster_verification.hpp"
#include "cli/counted.hpp"
#include "cli/node/stop_signals.hpp"
#include "cli/progress.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto learning_patience = 120s;
constexpr std::size_t hash_shown = 16; // digits, for people

std::string divergence_line(const partition_divergence& d) {
  std::string held;
  for (const auto& h : d.what.hashes)
    held += fmt::format("{}{} {}", held.empty() ? "" : ", ", h.member,
                        h.at.hash.empty() ? "does not verify" : h.at.hash.substr(0, hash_shown));
  return fmt::format("partition {}, index {}: {}; {}", d.partition, d.what.index, held,
                     d.what.differ.empty() ? "no majority says which is right"
                                           : fmt::format("wrong: {}", fmt::join(d.what.differ, ", ")));
}

std::string places_of(const std::vector<repair_order>& orders) {
  std::string what;
  for (const repair_order& o : orders)
    what += fmt::format("{}partition {} from index {} on", what.empty() ? "" : ", ", o.partition, o.from);
  return what;
}

detail_lines verification_lines(const cluster_verification& v, const std::vector<repair_order>& repaired) {
  const std::vector<std::string> missing = v.missing();
  detail_lines lines{{"cluster", {v.cluster.id}},
                     {"members", {missing.empty() ? std::to_string(v.members.size())
                                                  : fmt::format("{}, {} not verified: {}", v.members.size(),
                                                                missing.size(), fmt::join(missing, ", ")),
                                  missing.empty() ? colour::none : colour::red}}};
  for (const repair_order& o : repaired)
    lines.push_back({"repaired", {fmt::format("partition {} from index {} on", o.partition, o.from), colour::yellow}});
  for (const member_verification& m : v.members) {
    if (!m.trouble.empty()) lines.push_back({m.name, {m.trouble, colour::red}});
    else if (m.damage)
      lines.push_back({m.name, {fmt::format("damaged: partition {}, index {}, position {}: {}", m.damage->partition,
                                            m.damage->index, m.damage->position, m.damage->why),
                                colour::red}});
    else if (m.read) lines.push_back({m.name, {fmt::format("{} entries verify", m.entries)}});
    if (m.refused_checkpoints > 0)
      lines.push_back({m.name, {counted(m.refused_checkpoints, "checkpoint") + " do NOT verify", colour::red}});
  }
  for (const partition_divergence& d : v.divergences)
    lines.push_back({"differ", {divergence_line(d), colour::red}});
  const std::size_t good = v.compared.size() - v.divergences.size();
  lines.push_back({"chains",
                   {v.divergences.empty() ? fmt::format("agree in {}", counted(good, "partition"))
                                          : fmt::format("agree in {} of {} partitions", good, v.compared.size()),
                    v.divergences.empty() ? colour::green : colour::red}});
  return lines;
}

class verify_session {
public:
  verify_session(session& s, const cluster_verify_options& o) : s_(s), o_(o) {}

  // A member's own verification names the first damage alone: what is behind it is seen once that one is put right. So it goes
  // round until nothing is left, or what was put right is wrong again.
  result<exit_code> run() {
    std::vector<repair_order> repaired;
    auto seen = look();
    if (!seen) return ended(seen.error());
    while (!o_.repair.empty()) {
      const auto orders = plan_repair(*seen, o_.repair);
      if (!orders) {
        if (auto shown = show(*seen, repaired); !shown) return shown.error();
        return orders.error();
      }
      if (orders->empty()) {
        if (repaired.empty()) s_.note(fmt::format("nothing at {} is known to be wrong", o_.repair));
        break;
      }
      if (const repair_order* again = wrong_again(repaired, *orders)) {
        s_.note(fmt::format("partition {} of {} is wrong again from index {} on, after it was repaired: is its disk sound?",
                            again->partition, o_.repair, again->from));
        break;
      }
      const auto done = repair(*seen, *orders);
      if (!done && !repaired.empty()) s_.note(fmt::format("repaired before that: {}", places_of(repaired)));
      if (!done) return ended(done.error());
      if (*done) {
        if (!repaired.empty()) // declined now; agreed to before
          if (auto shown = show(*seen, repaired); !shown) return shown.error();
        return **done;
      }
      repaired.insert(repaired.end(), orders->begin(), orders->end());
      seen = look();
      if (!seen) return ended(seen.error());
    }
    if (auto shown = show(*seen, repaired); !shown) return shown.error();
    if (!seen->verified()) return exit_code::verification_failed;
    return seen->missing().empty() ? exit_code::ok : exit_code::unavailable;
  }

private:
  result<exit_code> ended(const error& why) const {
    if (why.type != "interrupted") return why;
    s_.note("interrupted; nothing is known of the rest");
    return exit_code::interrupted;
  }

  bool go_on() const { return signals_.wait(0ms) == 0; }

  result<cluster_verification> look() {
    progress bar("verifying", 0, "entries");
    auto seen = verify_cluster(s_, {.read_journals = !o_.quick,
                                    .go_on = [&] { return go_on(); },
                                    .progress =
                                        [&](std::uint64_t done, std::uint64_t all) {
                                          bar.total(all);
                                          bar.at(done);
                                        }});
    bar.clear();
    return seen;
  }

  status_result show(const cluster_verification& v, const std::vector<repair_order>& repaired) {
    const auto doc = reply_document::parse(render_verification(v, repaired));
    if (!doc) return doc.error();
    s_.out().record(doc->root(), verification_lines(v, repaired));
    return ok();
  }

  // nullopt: done; else how the program ends.
  result<std::optional<exit_code>> repair(const cluster_verification& v, const std::vector<repair_order>& orders) {
    const auto doc = reply_document::parse(render_verification(v, {}));
    if (!doc) return doc.error();
    const auto agreed =
        consent(s_, o_.confirm, doc->root(),
                fmt::format("move what {} holds of {} to its quarantine and have it learn that from the others", o_.repair,
                            places_of(orders)));
    if (!agreed || *agreed) return agreed;
    auto client = s_.client();
    if (!client) return client.error();
    for (const repair_order& o : orders) {
      json_writer w;
      w.begin_object().field("partition", o.partition).field("from", o.from);
      if (!o.hash.empty()) w.field("hash", o.hash);
      w.end_object();
      if (const auto begun = (*client)->node(o_.repair, "relearn", w.text()); !begun) return begun.error();
    }
    if (auto learned = wait_learned(orders); !learned) return learned.error();
    return std::optional<exit_code>{};
  }

  status_result wait_learned(const std::vector<repair_order>& orders) {
    const auto until = std::chrono::steady_clock::now() + learning_patience;
    while (std::chrono::steady_clock::now() < until) {
      const auto report = ask_cluster(s_);
      const member_report* m = report ? report->member(o_.repair) : nullptr;
      if (m && m->answers() && std::all_of(orders.begin(), orders.end(), [&](const repair_order& o) {
            const partition_report& p = m->partitions[o.partition];
            return p.standing && p.durable >= o.from;
          }))
        return ok();
      if (signals_.wait(200ms) != 0)
        return error{errc::unavailable, "interrupted", "interrupted while the member learns", {}};
    }
    return error{errc::timeout, "still_learning",
                 o_.repair + " has not learned all of it from the others yet; see: ropewalk cluster members", {}};
  }

  session& s_;
  const cluster_verify_options& o_;
  const stop_signals signals_;
};

} // namespace

result<exit_code> run_cluster_verify(session& s, const cluster_verify_options& o) { return verify_session(s, o).run(); }

} // namespace ropewalk::cli
