#include "actors/cluster/definition_questions.hpp"

#include <utility>
#include <vector>

#include "runtime/limits.hpp"
#include "runtime/workflow/json_bridge.hpp"
#include "transport/subject.hpp"

namespace ropewalk::actors {

namespace {

error nobody_tells(const std::string& why) {
  return {errc::unavailable,
          "definitions_unreachable",
          "whether there is such a definition is not known right now: " + why + "; try again",
          {}};
}

result<std::optional<definition_questions::told>> told_by(std::string_view reply) {
  const auto said = workflow::parse_json(reply, {.max_bytes = limits::reply_bytes});
  if (!said || !said->is_object() || !said->contains("definition")) return nobody_tells("its owner's answer is none");
  const workflow::json_value& d = (*said)["definition"];
  if (!d.is_object() || !d.contains("document") || !d.contains("version") || !d["version"].is_number_unsigned())
    return nobody_tells("its owner's answer is none");
  return std::optional(definition_questions::told{d["version"].get<std::uint32_t>(), d["document"].dump()});
}

} // namespace

status_result definition_questions::open(transport::nats_connection& connection, const std::string& inbox) {
  auto opened = transport::reply_inbox::open(
      connection, inbox, [this](std::uint64_t number, transport::nats_message m) { answered(number, m); });
  if (!opened) return opened.error();
  inbox_ = *std::move(opened);
  return ok();
}

void definition_questions::close() {
  if (inbox_) inbox_->close();
  std::map<std::uint64_t, question> rest;
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    rest.swap(questions_);
  }
  for (auto& [number, q] : rest) q.done(nobody_tells("the node is stopping"));
}

bool definition_questions::owned_here(const std::string& org, const std::string& name) const {
  return owners_.of(partition_of({org, entity_kind::definition, name}, owners_.partitions())).here;
}

void definition_questions::ask(const std::string& org, const std::string& name, std::optional<std::uint32_t> version,
                               answer done) {
  workflow::json_value body{{"name", name}};
  if (version) body["version"] = *version;
  const std::uint64_t number = inbox_ ? inbox_->next_number() : 0;
  {
    const std::scoped_lock lock(mutex_);
    if (inbox_ && !closed_ && questions_.size() < waiting_max) questions_.emplace(number, question{done, clock::now()});
    else return done(nobody_tells("too much is asked of other members"));
  }
  const auto asked = inbox_->ask(number, transport::workflows_subject(prefix_, org, "definition"), {}, body.dump());
  if (!asked)
    if (const auto mine = take(number)) (*mine)(nobody_tells(asked.error().detail));
}

void definition_questions::answered(std::uint64_t number, const transport::nats_message& m) {
  const auto done = take(number);
  if (!done) return;
  if (m.no_responders()) return (*done)(nobody_tells("no node answers"));
  const auto reply = m.reply();
  if (reply) return (*done)(told_by(*reply));
  if (reply.error().type == "definition_not_found") return (*done)(std::optional<told>{});
  (*done)(nobody_tells(reply.error().detail));
}

std::optional<definition_questions::answer> definition_questions::take(std::uint64_t number) {
  const std::scoped_lock lock(mutex_);
  const auto at = questions_.find(number);
  if (at == questions_.end()) return std::nullopt;
  std::optional<answer> done(std::move(at->second.done));
  questions_.erase(at);
  return done;
}

void definition_questions::look_for_lost() {
  std::vector<answer> lost;
  {
    const auto since = clock::now() - patience;
    const std::scoped_lock lock(mutex_);
    while (!questions_.empty() && questions_.begin()->second.asked < since) { // in order of time, nearly
      lost.push_back(std::move(questions_.begin()->second.done));
      questions_.erase(questions_.begin());
    }
  }
  for (const answer& done : lost) done(nobody_tells("its owner does not answer"));
}

} // namespace ropewalk::actors
