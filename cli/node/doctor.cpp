// ropewalk doctor: what an operator is woken for, looked at in one go.

#include <filesystem>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "cli/cluster/cluster_report.hpp"
#include "cli/counted.hpp"
#include "cli/duration_text.hpp"
#include "cli/keyring/keyring_place.hpp"
#include "cli/node/doctor_rules.hpp"
#include "cli/node/which_node.hpp"
#include "cli/option.hpp"
#include "cli/problem_text.hpp"
#include "cli/terminal_text.hpp"
#include "cli/verbs.hpp"
#include "runtime/json_writer.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "transport/subject.hpp"

namespace ropewalk::cli {
namespace {

struct doctor_options {
  std::string data, node, keyring;
};

class examination {
public:
  examination(session& s, const doctor_options& o) : s_(s), o_(o) {}

  std::vector<finding> findings() {
    if (!o_.data.empty() || !o_.keyring.empty()) look_at_files();
    look_at_server();
    return std::move(found_);
  }

private:
  void add(severity level, std::string check, std::string detail, std::string next = {}, std::string node = {}) {
    found_.push_back({level, std::move(check), std::move(node), std::move(detail), std::move(next)});
  }

  void look_at_files() {
    if (!o_.data.empty()) {
      std::error_code failed;
      const auto space = std::filesystem::space(o_.data, failed);
      if (failed) {
        add(severity::problem, "data", fmt::format("cannot look at {}: {}", o_.data, failed.message()));
        return;
      }
      judge_disk(found_, {}, space.available, space.capacity);
      if (!std::filesystem::exists(std::filesystem::path(o_.data) / "journal.db", failed))
        add(severity::problem, "data", "there is no journal in " + o_.data,
            "ropewalk node --data " + shell_word(o_.data) + "   (makes one)");
    }
    const std::string file = o_.keyring.empty() ? keyring_of(o_.data).string() : o_.keyring;
    const auto keys = storage::load_keyring(file); // checks owner and mode as well
    if (!keys && keys.error().code == errc::not_found && o_.keyring.empty() &&
        std::filesystem::exists(std::filesystem::path(o_.data) / "journal.db"))
      return add(severity::problem, "keyring",
                 keys.error().detail + "; a node with sealed checkpoints does not start without theirs",
                 "cp WHERE-IT-IS-KEPT " + shell_word(file) + "   (or, if it is lost: ropewalk keyring create --keyring " +
                     shell_word(file) + "; no checkpoint of before verifies then)");
    if (!keys)
      return add(severity::problem, "keyring", keys.error().detail,
                 keys.error().type == "keyring_unsafe"  ? "chmod 600 " + shell_word(file)
                 : keys.error().code == errc::not_found ? "ropewalk keyring create --keyring " + shell_word(file)
                                                        : "");
    judge_key_age(found_, {}, keys->active().id, keys->keys().size(), keys->active().created, wall_clock(),
                  "ropewalk keyring rotate --keyring " + shell_word(file));
  }

  void look_at_server() {
    const auto client = s_.client();
    if (!client)
      return add(severity::problem, "nats", client.error().detail,
                 hint_of(client.error(), {.command = "doctor", .id = {}, .idempotency_key = {}}));
    add(severity::ok, "nats", "answers at " + url_for_people((*client)->where().url));
    const auto names = chosen_nodes(s_, o_.node);
    auto cluster = names ? ask_cluster(s_) : result<cluster_report>(names.error());
    look_at_streams(**client, static_cast<bool>(cluster));
    if (cluster) look_at_cluster(**client, *cluster);
    if (!names)
      return add(severity::problem, "node", names.error().detail,
                 "ropewalk node --data DIR --nats " + shell_word(url_for_people((*client)->where().url)));
    bool serves = false;
    for (const std::string& node : *names) serves = look_at_node(**client, node) || serves;
    if (serves) look_at_workflows();
  }

  void look_at_cluster(wire_client& client, cluster_report& r) {
    look_for_standstill(client, r);
    if (const auto doc = reply_document::parse(render_status(r))) judge_cluster(found_, doc->root());
  }

  // What JetStream says to a request of its API; nullopt: told already why there is nothing.
  std::optional<reply_document> ask_jetstream(wire_client& client, const std::string& subject, bool of_cluster) {
    const auto reply = client.connection().request("$JS.API." + subject, {}, "", client.where().timeout);
    if (!reply) {
      if (reply.error().type == "no_responders") judge_no_jetstream(found_, "it is not enabled", of_cluster);
      else judge_unasked_jetstream(found_, reply.error().detail);
      return std::nullopt;
    }
    auto doc = reply_document::parse(std::string(reply->body()));
    if (doc) return *std::move(doc);
    add(severity::warning, "jetstream", "its answer cannot be read");
    return std::nullopt;
  }

  void look_at_streams(wire_client& client, bool of_cluster) {
    const auto about = ask_jetstream(client, "INFO", of_cluster);
    if (!about) return;
    if (const auto why = about->root().find("error"))
      return judge_no_jetstream(found_, "it refuses (" + reply_document::text_of(*why, "description") + ")", of_cluster);
    add(severity::ok, "jetstream", "enabled");
    const std::string name = transport::task_stream(client.where().prefix);
    const auto stream = ask_jetstream(client, "STREAM.INFO." + name, of_cluster);
    if (!stream) return;
    if (stream->root().find("error"))
      return add(severity::warning, "tasks", "there is no stream " + name + " that keeps the work of task phases",
                 "ropewalk node ...   (a node makes it when it starts)");
    const auto state = stream->root().find("state");
    add(severity::ok, "tasks",
        fmt::format("stream {} keeps {}", name,
                    counted(state ? reply_document::number_of(*state, "messages") : 0, "task")));
  }

  bool look_at_node(wire_client& client, const std::string& node) {
    const auto health = client.node(node, "health");
    if (!health) {
      add(severity::problem, "node", "does not answer: " + health.error().detail, "ropewalk health", node);
      return false;
    }
    judge_health(found_, node, health->root());
    const instant asked = wall_clock();
    const auto status = client.node(node, "status");
    if (!status)
      add(severity::problem, "node", "its status is not to be had: " + status.error().detail, "ropewalk status", node);
    else judge_status(found_, node, status->root(), asked, wall_clock());
    const auto refused = client.node(node, "refused_checkpoints");
    if (refused) judge_refused(found_, node, refused->root());
    else
      add(severity::warning, "checkpoints", "which were refused is not to be had: " + refused.error().detail,
          "ropewalk version   (the node may be older than this program)", node);
    return true;
  }

  void look_at_workflows() {
    const auto crashed = s_.ask_workflows("count", R"({"status":"crashed"})");
    const std::string org = s_.endpoint() ? s_.endpoint()->org : std::string{};
    if (!crashed) return add(severity::problem, "workflows", "they cannot be counted: " + crashed.error().detail);
    const std::int64_t count = crashed->number("count");
    if (count == 0) return add(severity::ok, "workflows", "none of " + org + " is parked as crashed");
    add(severity::problem, "workflows", fmt::format("{} of {} parked as crashed", counted(count, "workflow"), org),
        "ropewalk workflow list --status crashed   (then ropewalk workflow resume ID)");
  }

  session& s_;
  const doctor_options& o_;
  std::vector<finding> found_;
};

std::size_t count_of(const std::vector<finding>& found, severity level) {
  std::size_t count = 0;
  for (const finding& f : found) count += f.level == level ? 1 : 0;
  return count;
}

std::string report_json(const std::vector<finding>& found) {
  json_writer w;
  w.begin_object().field("healthy", count_of(found, severity::problem) == 0);
  w.field("problems", count_of(found, severity::problem)).field("warnings", count_of(found, severity::warning));
  w.key("findings").begin_array();
  for (const finding& f : found) {
    w.begin_object().field("level", name(f.level)).field("check", f.check);
    if (!f.node.empty()) w.field("node", f.node);
    w.field("detail", f.detail);
    if (!f.next.empty()) w.field("next", f.next);
    w.end_object();
  }
  w.end_array().end_object();
  return std::move(w).take();
}

detail_lines report_lines(const std::vector<finding>& found) {
  detail_lines lines;
  for (const finding& f : found) {
    const colour of = f.level == severity::ok        ? colour::green
                      : f.level == severity::warning ? colour::yellow
                                                     : colour::red;
    lines.push_back({f.node.empty() ? f.check : f.check + " " + one_line(f.node),
                     {fmt::format("{}: {}", name(f.level), f.detail), of}});
    if (!f.next.empty()) lines.push_back({"", {"try: " + f.next, colour::cyan}});
  }
  return lines;
}

result<exit_code> run_doctor(session& s, const doctor_options& o) {
  const auto found = examination(s, o).findings();
  const auto doc = reply_document::parse(report_json(found));
  if (!doc) return doc.error();
  s.out().record(doc->root(), report_lines(found));
  return count_of(found, severity::problem) == 0 ? exit_code::ok : exit_code::failure;
}

} // namespace

void add_doctor(command_line& line) {
  auto o = std::make_shared<doctor_options>();
  CLI::App& verb = line.verb(
      line.root(),
      {.name = "doctor",
       .summary = "Look for what is wrong and say what to do; exit code 1 if there is a problem",
       .details =
           "NATS, JetStream, the cluster, the nodes, their views, disks, clocks and keyrings, refused checkpoints, and\n"
           "workflows of the organisation that are parked. With --data also a node's files on this machine, so that a node\n"
           "that is down can be looked at.",
       .example = "ropewalk doctor\nropewalk doctor --data /var/lib/ropewalk -o json"});
  add_node_name(verb, o->node);
  add_option(verb, "--data", o->data, "a node's directory on this machine").variable("ROPEWALK_DATA");
  add_option(verb, "--keyring", o->keyring, "its keyring; default: the one in the directory")
      .variable("ROPEWALK_KEYRING");
  line.on(verb, [o](session& s) { return run_doctor(s, *o); });
}

} // namespace ropewalk::cli
