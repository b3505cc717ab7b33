#include "runtime/thread/machine.hpp"

#include <algorithm>
#include <unordered_set>

#include "runtime/json_fields.hpp"
#include "runtime/thread/message_edit.hpp"
#include "runtime/thread/replies.hpp"
#include "runtime/uuid.hpp"

namespace ropewalk::thread {
namespace {

error refuse(errc code, std::string type, std::string detail, std::string field = {}) {
  return {code, std::move(type), std::move(detail), std::move(field)};
}

struct decider {
  const entity_key& who;
  const thread_state& state;
  const facts& known;
  const thread_defaults& defaults;
  const surroundings& around;
  bool keyed;

  instant now() const { return std::max(state.recorded_at, around.now); }

  // A reply that shows the thread as the events leave it; a keyed command records the reply as well.
  decision showing_thread(std::vector<event> events, std::optional<bool> created = std::nullopt) const {
    thread_state after = state.without_keys();
    for (const event& e : events) apply(after, e, now());
    if (keyed) ++after.version; // the noted entry that finish() adds
    json_writer out;
    out.begin_object().raw_field("thread", render_thread(who, after));
    if (created) out.field("created", *created);
    out.end_object();
    return {std::move(events), {}, std::move(out).take(), {}, {}};
  }

  decision with_reply(std::vector<event> events, json_writer& out) const {
    return {std::move(events), {}, std::move(out.end_object()).take(), {}, {}};
  }

  status_result changeable() const {
    if (auto present = require_present(who, state); !present) return present;
    if (state.status == activity::suspended)
      return refuse(errc::conflict, "thread_suspended",
                    "thread \"" + who.id + "\" is suspended" +
                        (state.status_reason.empty() ? "" : " (" + state.status_reason + ")") +
                        "; it can be read, and takes changes again after resume");
    if (state.status == activity::closed)
      return refuse(errc::conflict, "thread_closed",
                    "thread \"" + who.id + "\" is closed; it can be read, forked and deleted");
    return ok();
  }

  status_result check_expected_seq(const std::optional<std::uint64_t>& expected) const {
    if (expected && *expected != state.messages.last_seq())
      return refuse(errc::conflict, "seq_mismatch",
                    "expected_seq is " + std::to_string(*expected) + ", the thread's last_seq is " +
                        std::to_string(state.messages.last_seq()),
                    "expected_seq");
    return ok();
  }

  thread_limits merged(thread_limits base, const limits_patch& patch) const {
    if (patch.max_messages) base.max_messages = *patch.max_messages;
    if (patch.max_tokens) base.max_tokens = *patch.max_tokens;
    if (patch.ttl_s) base.ttl_s = *patch.ttl_s;
    return base;
  }

  created creation(const create& c) const {
    thread_header header{c.name, c.user, c.agent, c.tags, c.metadata_json, {}};
    header.limits = merged({defaults.max_messages, 0, defaults.ttl_s}, c.limits);
    return {std::move(header), std::nullopt};
  }

  result<decision> operator()(const create& c) const {
    if (state.is == presence::present) {
      if (c.if_absent) return showing_thread({}, false);
      return refuse(errc::conflict, "thread_exists",
                    "thread \"" + who.id + "\" exists already; use if_absent to take it as it is");
    }
    if (known.quota_refusal) return *known.quota_refusal;
    return showing_thread({creation(c)}, true);
  }

  result<decision> operator()(const update& c) const {
    if (auto present = require_present(who, state); !present) return present.error();
    if (c.expected_version && *c.expected_version != state.version)
      return refuse(errc::conflict, "version_mismatch",
                    "expected_version is " + std::to_string(*c.expected_version) + ", the thread's version is " +
                        std::to_string(state.version),
                    "expected_version");
    updated change{state.header};
    if (c.name) change.header.name = *c.name;
    if (c.tags) change.header.tags = *c.tags;
    if (c.metadata_json) change.header.metadata_json = *c.metadata_json;
    change.header.limits = merged(change.header.limits, c.limits);
    const std::uint64_t point = state.messages.trim_point_for(change.header.limits.max_messages);
    std::vector<event> events{std::move(change)};
    if (point != state.messages.trim_point()) events.push_back(trimmed{point});
    return showing_thread(std::move(events));
  }

  result<decision> operator()(const remove_thread& c) const {
    if (auto present = require_present(who, state); !present) return present.error();
    json_writer out;
    out.begin_object().field("id", who.id).field("deleted", true).field("messages", state.messages.count());
    return with_reply({deleted{c.reason}}, out);
  }

  result<decision> operator()(const clear&) const {
    if (auto fine = changeable(); !fine) return fine.error();
    const auto count = state.messages.count();
    json_writer out;
    out.begin_object().field("id", who.id).field("cleared", count);
    if (count == 0) return with_reply({}, out);
    return with_reply({cleared{count}}, out);
  }

  // Renders the drafts as appended events onto a copy of the message set; trims as the limit says.
  result<std::vector<event>> appending(const std::vector<message_draft>& drafts, message_set messages,
                                       std::uint64_t max_messages) const {
    std::vector<event> events;
    events.reserve(drafts.size());
    std::unordered_set<std::string_view> chosen;
    std::uint64_t salt = 0;
    for (const message_draft& draft : drafts) {
      if (messages.last_seq() >= limits::seq_max)
        return refuse(errc::limit, "thread_full", "the thread has used up its seqs; fork it to go on");
      const bool system = draft.author == role::system;
      if (system && messages.pinned().size() >= limits::system_messages)
        return refuse(errc::limit, "thread_full",
                      "a thread has at most " + std::to_string(limits::system_messages) + " system messages", "role");
      message_identity identity{{}, messages.next_seq(), 1, draft.created_at.value_or(now()), {}};
      if (draft.id) {
        const bool taken =
            std::find(known.taken_ids.begin(), known.taken_ids.end(), *draft.id) != known.taken_ids.end();
        if (taken || !chosen.insert(*draft.id).second)
          return refuse(errc::conflict, "message_exists",
                        "the thread has a message with id \"" + *draft.id + "\" already", "id");
        identity.id = *draft.id;
      } else {
        identity.id = make_message_id(identity.created_at, around.entropy_a + 0x9E3779B97F4A7C15u * salt++,
                                      static_cast<std::uint32_t>(identity.seq));
      }
      messages.append(system);
      appended e{render_message(identity, draft), identity.seq, system, std::nullopt};
      const std::uint64_t point = messages.trim_point_for(max_messages);
      if (point != messages.trim_point()) {
        messages.trim(point);
        e.first_seq = point;
      }
      if (max_messages != 0 && messages.count() > max_messages)
        return refuse(errc::limit, "thread_full",
                      "the thread's max_messages (" + std::to_string(max_messages) +
                          ") is taken up by its system messages");
      events.emplace_back(std::move(e));
    }
    return events;
  }

  result<decision> operator()(const append& c) const {
    if (auto fine = changeable(); !fine) return fine.error();
    if (auto fine = check_expected_seq(c.expected_seq); !fine) return fine.error();
    auto events = appending(c.messages, state.messages, state.header.limits.max_messages);
    if (!events) return events.error();
    auto reply = append_reply(*events, c.batch);
    if (!reply) return reply.error();
    return decision{*std::move(events), {}, *std::move(reply), {}, {}};
  }

  result<decision> operator()(const import& c) const {
    std::vector<event> events;
    message_set messages = state.messages;
    std::uint64_t max_messages = state.header.limits.max_messages;
    const bool creates = state.is != presence::present && c.create_if_absent;
    if (creates) {
      if (known.quota_refusal) return *known.quota_refusal;
      created begin = creation(*c.create_if_absent);
      max_messages = begin.header.limits.max_messages;
      if (state.is == presence::deleted) messages.clear();
      events.emplace_back(std::move(begin));
    } else if (auto fine = changeable(); !fine) {
      return fine.error();
    }
    if (auto fine = check_expected_seq(c.expected_seq); !fine) return fine.error();
    const std::uint64_t before = messages.last_seq();
    auto rows = appending(c.messages, std::move(messages), max_messages);
    if (!rows) return rows.error();
    std::move(rows->begin(), rows->end(), std::back_inserter(events));
    json_writer out;
    out.begin_object().field("id", who.id).field("imported", std::uint64_t{c.messages.size()});
    if (!c.messages.empty()) out.field("first_seq", before + 1);
    out.field("last_seq", before + c.messages.size()).field("created", creates);
    return with_reply(std::move(events), out);
  }

  // The stored message a command names, or why not.
  result<std::string> named_message(const message_ref& ref) const {
    if (known.message_json) return *known.message_json;
    return refuse(errc::not_found, "message_not_found",
                  ref.seq ? "thread \"" + who.id + "\" has no message with seq " + std::to_string(*ref.seq)
                          : "thread \"" + who.id + "\" has no message with id \"" + *ref.id + "\"",
                  ref.seq ? "seq" : "id");
  }

  result<decision> operator()(const edit& c) const {
    if (auto fine = changeable(); !fine) return fine.error();
    auto stored = named_message(c.message);
    if (!stored) return stored.error();
    auto changed = edit_message(*stored, c, now());
    if (!changed) return changed.error();
    std::vector<event> events{edited{changed->seq, std::move(changed->message_json)}};
    auto reply = edit_reply(events);
    if (!reply) return reply.error();
    return decision{std::move(events), {}, *std::move(reply), {}, {}};
  }

  result<decision> operator()(const remove_message& c) const {
    if (auto fine = changeable(); !fine) return fine.error();
    auto stored = named_message(c.message);
    if (!stored) return stored.error();
    auto where = read_place(*stored);
    if (!where) return where.error();
    if (state.messages.removed().size() >= limits::removed_ranges)
      return refuse(errc::limit, "too_many_removed",
                    "the thread has too many holes; clear it, or fork it and go on there");
    std::vector<event> events{removed{where->seq, where->id}};
    auto reply = remove_reply(events);
    if (!reply) return reply.error();
    return decision{std::move(events), {}, *std::move(reply), {}, {}};
  }

  result<decision> operator()(const fork& c) const {
    if (auto present = require_present(who, state); !present) return present.error();
    std::uint64_t at = state.messages.newest();
    if (c.at) {
      auto stored = named_message(*c.at);
      if (!stored) return stored.error();
      auto where = read_place(*stored);
      if (!where) return where.error();
      at = where->seq;
    }
    if (c.child_id == who.id)
      return refuse(errc::conflict, "thread_exists", "a thread cannot be its own fork", "thread");
    if (state.lineage.size() >= limits::fork_depth)
      return refuse(errc::limit, "fork_depth",
                    "the thread has " + std::to_string(limits::fork_depth) +
                        " ancestors already; export and import it to go on");
    if (state.forks.size() >= limits::pending_forks)
      return refuse(errc::busy, "forks_pending", "too many forks of this thread are under way; try again");
    for (const auto& pending : state.forks)
      if (pending.child == c.child_id)
        return refuse(errc::conflict, "thread_exists", "a fork with that id is under way", "thread");
    if (known.quota_refusal) return *known.quota_refusal;

    created child{state.header, fork_origin{state.lineage, state.messages.prefix(at)}};
    if (c.name) child.header.name = *c.name;
    if (c.user) child.header.user = *c.user;
    if (c.tags) child.header.tags = *c.tags;
    if (c.metadata_json) child.header.metadata_json = *c.metadata_json;
    for (ancestor& a : child.origin->lineage) a.seq = std::min(a.seq, at);
    child.origin->lineage.push_back({who.id, at, state.version});
    const std::string header_json = body_of(child);

    thread_state beginning;
    apply(beginning, child, now());
    json_writer out;
    out.begin_object().raw_field("thread", render_thread({who.org, who.kind, c.child_id}, beginning));
    decision d = with_reply({forked{c.child_id, at, state.version, header_json}}, out);
    d.effects.emplace_back(start_fork{c.child_id, header_json, now()});
    d.reply_after_child = c.child_id;
    return d;
  }

  result<decision> operator()(const suspend& c) const {
    if (auto present = require_present(who, state); !present) return present.error();
    if (state.status == activity::closed)
      return refuse(errc::conflict, "thread_closed", "a closed thread cannot be suspended");
    if (state.status == activity::suspended) return showing_thread({});
    return showing_thread({suspended{c.reason}});
  }

  result<decision> operator()(const resume&) const {
    if (auto present = require_present(who, state); !present) return present.error();
    if (state.status == activity::closed)
      return refuse(errc::conflict, "thread_closed", "a closed thread cannot be resumed; fork it to go on");
    if (state.status == activity::active) return showing_thread({});
    return showing_thread({resumed{}});
  }

  result<decision> operator()(const close& c) const {
    if (auto present = require_present(who, state); !present) return present.error();
    if (state.status == activity::closed) return showing_thread({});
    return showing_thread({closed{c.reason}});
  }

  result<decision> operator()(const write& w) const {
    auto d = std::visit(*this, w);
    if (!d || !keyed) return d;
    const bool given_by_events =
        !d->events.empty() && (std::holds_alternative<append>(w) || std::holds_alternative<edit>(w) ||
                               std::holds_alternative<remove_message>(w));
    if (!given_by_events) d->events.emplace_back(noted{d->reply});
    return d;
  }

  result<decision> operator()(const adopt_fork& c) const {
    const auto settled = [&](bool made, std::string reason) {
      return decision{{}, {report_fork{c.parent, made, std::move(reason)}}, {}, {}, {}};
    };
    auto begin = decode_event("created", c.header_json);
    if (!begin) return begin.error();
    const auto& origin = std::get<created>(*begin).origin;
    if (!origin) return refuse(errc::internal, {}, "a fork without an origin");
    // Also one that was deleted since has been made, and others may have been forked from it.
    const bool same = !state.lineage.empty() && state.lineage.back().thread == c.parent &&
                      state.lineage.back().version == origin->lineage.back().version;
    if (state.is == presence::present) return settled(same, same ? "" : "thread \"" + who.id + "\" exists already");
    if (state.is == presence::deleted)
      return settled(same, same ? "" : "thread \"" + who.id + "\" existed and was deleted");
    decision d = settled(true, {});
    d.events.push_back(*std::move(begin));
    d.at = c.at; // as the parent told its client
    return d;
  }

  result<decision> operator()(const settle_fork& c) const {
    const bool pending =
        std::any_of(state.forks.begin(), state.forks.end(), [&](const pending_fork& f) { return f.child == c.child; });
    if (!pending) return decision{};
    if (c.created) return decision{{fork_completed{c.child}}, {}, {}, {}, {}};
    return decision{{fork_failed{c.child, c.reason}}, {}, {}, {}, {}};
  }

  result<decision> operator()(const wake&) const {
    decision d;
    for (const auto& f : state.forks) d.effects.emplace_back(start_fork{f.child, f.header_json, f.at});
    const std::int64_t ttl_us = state.header.limits.ttl_s * 1'000'000;
    if (state.is == presence::present && ttl_us > 0 && around.now.us >= state.updated_at.us + ttl_us)
      d.events.emplace_back(deleted{"ttl"});
    return d;
  }
};

} // namespace

wanted_facts facts_for(const thread_state& state, const command& c) {
  wanted_facts wanted;
  const auto chosen_ids = [&](const std::vector<message_draft>& drafts) {
    for (const auto& draft : drafts)
      if (draft.id) wanted.message_ids.push_back(*draft.id);
  };
  const auto quota = [&](const std::string& user) {
    if (!user.empty()) wanted.quota_user = user;
  };
  const auto* w = std::get_if<write>(&c);
  if (!w) return wanted;
  const bool present = state.is == presence::present;
  if (const auto* x = std::get_if<create>(w)) {
    if (!present) quota(x->user);
  } else if (const auto* i = std::get_if<import>(w)) {
    if (present) chosen_ids(i->messages);
    else if (i->create_if_absent) quota(i->create_if_absent->user);
  } else if (!present) {
    return wanted;
  } else if (const auto* a = std::get_if<append>(w)) {
    chosen_ids(a->messages);
  } else if (const auto* e = std::get_if<edit>(w)) {
    wanted.message = e->message;
  } else if (const auto* r = std::get_if<remove_message>(w)) {
    wanted.message = r->message;
  } else if (const auto* f = std::get_if<fork>(w)) {
    wanted.message = f->at;
    quota(f->user.value_or(state.header.user));
  }
  return wanted;
}

result<decision> decide(const entity_key& who, const thread_state& state, const command& c, const facts& known,
                        const thread_defaults& defaults, const surroundings& around, bool keyed) {
  return std::visit(decider{who, state, known, defaults, around, keyed}, c);
}

result<std::string> recorded_reply(const write& w, const std::vector<event>& events) {
  if (events.empty()) return error{errc::corrupt, "corrupt_record", "a remembered command has no events", {}};
  if (const auto* note = std::get_if<noted>(&events.back())) return note->reply_json;
  if (const auto* a = std::get_if<append>(&w)) return append_reply(events, a->batch);
  if (std::holds_alternative<edit>(w)) return edit_reply(events);
  if (std::holds_alternative<remove_message>(w)) return remove_reply(events);
  return error{errc::corrupt, "corrupt_record", "a remembered command's answer is not recorded", {}};
}

status_result require_present(const entity_key& who, const thread_state& state) {
  if (state.is == presence::present) return ok();
  return error{errc::not_found, "thread_not_found",
               state.is == presence::deleted ? "thread \"" + who.id + "\" was deleted"
                                             : "there is no thread \"" + who.id + "\"; create it first",
               "thread"};
}

} // namespace ropewalk::thread
