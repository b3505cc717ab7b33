#include "actors/workflow_history.hpp"

#include <algorithm>

#include "actors/entity_environment.hpp"
#include "actors/recorded_states.hpp"
#include "actors/workflow_lists.hpp"
#include "actors/workflow_replay.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/overloaded.hpp"
#include "runtime/workflow/recorded_history.hpp"
#include "runtime/workflow/replies.hpp"
#include "runtime/workflow/state_changes.hpp"
#include "storage/journal_writer.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "storage/view_readers.hpp"
#include "transport/cursor.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::size_t event_frame = 1'024; // around an event that is alone on its page

// As a document has it; without its own fields where they fit no reply (a start with a document, an input or another
// instance's state of megabytes).
std::string render_event(const entry& e) {
  std::string whole = workflow::history_event(e.event);
  if (whole.size() + event_frame <= limits::reply_bytes) return whole;
  json_writer out;
  out.begin_object().field("version", e.event.version).field("type", e.event.type).field("time", e.event.time);
  out.field("fields_left_out", true).field("bytes", std::uint64_t{e.event.body.size()}).end_object();
  return std::move(out).take();
}

// One that fits no reply.
result<std::string> answer_event_piece(recorded_states& states, const entity_key& who, const workflow::history& what) {
  const auto version = states.newest_version(who);
  if (!version) return version.error();
  const auto found = states.entries(who, what.after_version, 1);
  if (!found) return found.error();
  if (found->empty()) return invalid("offset", "there is no event after version " + std::to_string(what.after_version));
  json_writer out;
  out.begin_object().field("version", *version);
  const std::string event = workflow::history_event(found->front().event);
  if (auto fine = workflow::write_piece(out, event, *what.offset, "event_bytes"); !fine) return fine.error();
  out.end_object();
  return std::move(out).take();
}

result<std::string> answer_history(recorded_states& states, const entity_key& who, const workflow::history& what) {
  if (what.offset) return answer_event_piece(states, who, what);
  const auto version = states.newest_version(who);
  if (!version) return version.error();
  auto found = states.entries(who, what.after_version, what.limit);
  if (!found) return found.error();
  std::string text = "{\"events\":[";
  std::uint64_t last = what.after_version;
  for (const entry& e : *found) {
    std::string event = render_event(e);
    if (last > what.after_version) {
      if (text.size() + event.size() > limits::reply_bytes) break;
      text += ',';
    }
    text += event;
    last = e.event.version;
  }
  text += "],\"version\":" + std::to_string(*version);
  if (last < *version) text += ",\"next_cursor\":\"" + transport::encode_history_cursor(last) + '"';
  return text + '}';
}

constexpr std::uint32_t verified_at_once = 50; // checkpoints of a page: each is read, some are of 4 MiB

// One that is not on this disk ("bytes" is absent then) was made by another member: its state is made from the entries.
void render_checkpoint(json_writer& out, const storage::seal_context& about, const storage::checkpoint_info* here) {
  out.field("id", about.id);
  if (!about.parent.empty()) out.field("parent", about.parent);
  out.field("version", about.version).field("phase", about.phase).field("reason", about.reason).field("time", about.time);
  if (here) out.field("bytes", here->raw_bytes).field("stored_bytes", here->stored_bytes);
}

// The page, with what the journal speaks of beside it, newest first.
std::vector<std::pair<storage::seal_context, const storage::checkpoint_info*>>
merged(const storage::checkpoint_page& page, const std::deque<storage::seal_context>& told, std::uint64_t before) {
  std::vector<std::pair<storage::seal_context, const storage::checkpoint_info*>> all;
  for (const storage::checkpoint_info& c : page.checkpoints) all.emplace_back(c.about, &c);
  for (const storage::seal_context& c : told) {
    if ((before != 0 && c.version >= before) || (page.before && c.version < *page.before)) continue; // of another page
    if (std::none_of(all.begin(), all.end(), [&](const auto& known) { return known.first.version == c.version; }))
      all.emplace_back(c, nullptr);
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first.version > b.first.version; });
  return all;
}

result<std::string> answer_checkpoints(recorded_states& states, reader_files& files, const storage::keyring& keys,
                                       const entity_key& who, const workflow::list_checkpoints& what) {
  auto page = files.checkpoints.list(who, what.before_version,
                                     what.verify ? std::min(what.limit, verified_at_once) : what.limit);
  if (!page) return page.error();
  const auto told = states.told_by_journal(who);
  if (!told) return told.error();
  auto all = merged(*page, *told, what.before_version);
  if (all.size() > what.limit) {
    all.resize(what.limit);
    page->before = all.back().first.version;
  }
  json_writer out;
  out.begin_object().key("checkpoints").begin_array();
  for (const auto& [about, here] : all) {
    out.begin_object();
    render_checkpoint(out, about, here);
    if (what.verify && here) {
      const auto whole = files.checkpoints.load(keys, *here);
      if (whole) out.field("verified", true);
      else if (whole.error().code == errc::corrupt) out.field("verified", false).field("refused", whole.error().type);
      else if (whole.error().code != errc::not_found) return whole.error(); // gone meanwhile: no verdict
    }
    out.end_object();
  }
  out.end_array();
  if (page->before) out.field("next_cursor", transport::encode_checkpoints_cursor(*page->before));
  out.end_object();
  return std::move(out).take();
}

// What the states call a version is a field of another name in these verbs.
error about_field(error e, const char* field) {
  if (e.field == "version") e.field = field;
  return e;
}

result<std::string> answer_state(recorded_states& states, const entity_key& who, const workflow::state_at& what) {
  auto found = states.at(who, what.where);
  if (!found) return about_field(found.error(), "at");
  return workflow::state_reply(found->state, what.offset);
}

result<std::string> answer_diff(recorded_states& states, const entity_key& who, const workflow::diff& what) {
  const entity_key other{who.org, who.kind, what.other.value_or(who.id)};
  auto from = states.at(who, workflow::recorded_state{{}, what.from});
  if (!from) return about_field(from.error(), "from");
  auto to = states.at(other, workflow::recorded_state{{}, what.to});
  if (!to) return about_field(to.error(), "to");
  json_writer out;
  const auto side = [&out](std::string_view field, const entity_key& key, const workflow::instance& s) {
    out.key(field).begin_object().field("workflow", key.id).field("version", s.version);
    out.field("status", workflow::name(s.status)).end_object();
  };
  out.begin_object();
  side("from", who, from->state);
  side("to", other, to->state);
  const std::string changes = workflow::state_changes(*from->state.value, *to->state.value).dump();
  if (auto fits = workflow::fits_reply("what differs", out.text().size() + changes.size()); !fits) return fits.error();
  out.raw_field("changes", changes).end_object();
  return std::move(out).take();
}

} // namespace

void workflow_history::across(std::string org, workflow::across what, std::uint64_t min_position,
                              std::shared_ptr<caller> from) {
  answer_across(views_, std::move(org), std::move(what), min_position, std::move(from));
}

void workflow_history::answer(const entity_key& who, std::uint64_t min_position, workflow::instance_query what,
                              clients_wishes wishes, std::shared_ptr<caller> from) {
  if (const auto* d = std::get_if<workflow::diff>(&what); d && d->other)
    min_position = std::max(min_position, writer_.durable_position());
  views_.post_lengthy(min_position, [this, a = asked{who, std::move(what), std::move(wishes), std::move(from)}](
                                        result<storage::view_reader*> views) {
    if (!views) return a.from->refuse(views.error());
    answer(**views, a);
  });
}

void workflow_history::answer(storage::view_reader& views, const asked& a) {
  auto files = files_of_this_thread(journal_file_, options_);
  if (!files) return a.from->refuse(files.error());
  const auto keys = keys_.current();
  recorded_states states(views, **files, *keys, in_, refused_);
  const auto begin_branch = [&](const std::string& to, const workflow::recorded_state& at,
                                const workflow::json_value& patch,
                                const std::optional<workflow::json_value>& attributes) -> result<std::string> {
    auto base = states.at(a.who, at);
    if (!base) return base.error();
    auto r = std::make_shared<request>();
    r->entity = {a.who.org, a.who.kind, to};
    workflow::branch_off branch{a.who.id, base->state.version, workflow::encode_state(base->state), patch,
                                attributes ? *attributes : base->state.attributes};
    r->what = workflow::command{workflow::write{std::move(branch)}};
    r->key = a.wishes.key;
    r->ack = a.wishes.ack;
    // What the journal showed may be more than was committed when the instance was asked.
    a.from->when_confirmed([router = &router_, r](caller to) {
      r->from.emplace(std::move(to));
      router->route(r);
    });
    return std::string{};
  };
  auto text = std::visit(
      overloaded{[&](const workflow::history& q) { return answer_history(states, a.who, q); },
                 [&](const workflow::list_checkpoints& q) { return answer_checkpoints(states, **files, *keys, a.who, q); },
                 [&](const workflow::state_at& q) { return answer_state(states, a.who, q); },
                 [&](const workflow::diff& q) { return answer_diff(states, a.who, q); },
                 [&](const workflow::wait_result&) { return result<std::string>(error{}); }, // the instance's own
                 [&](const workflow::branch_from& q) { return begin_branch(q.to, q.at, q.patch, q.attributes); },
                 [&](const workflow::replay_from& q) {
                   if (q.dry) return answer_replay(states, a.who, q);
                   const bool from_start = !q.at.version && !q.at.checkpoint;
                   return begin_branch(q.to, from_start ? workflow::recorded_state{{}, 1} : q.at,
                                       workflow::json_value::object(), {});
                 }},
      a.what);
  if (!a.from->waiting()) return; // handed on
  if (text) a.from->answer(*text);
  else a.from->refuse(text.error());
}

} // namespace ropewalk::actors
