// Snapshots: one JSON object. Large values stand once in "pool", whoever holds them: 0 is the state of the
// phases, runs and lines name the others by number.

#include <unordered_map>

#include "runtime/json_fields.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/workflow/deadline_fields.hpp"
#include "runtime/workflow/json_compact.hpp"
#include "runtime/workflow/state.hpp"

namespace ropewalk::workflow {
namespace {

class encoder {
public:
  explicit encoder(const workflow_state& s) : s_(s), out_(space_for(s)) {}

  std::string whole() && {
    out_.begin_object().field("format", 1);
    if (s_.status != instance_status::absent) head(), rows();
    out_.field("version", s_.version).key("keys");
    s_.keys.encode(out_);
    out_.end_object();
    return std::move(out_).take();
  }

private:
  static constexpr std::size_t for_the_rest = 2'048; // of most instances; beyond it the text grows

  static std::string space_for(const workflow_state& s) {
    std::string space;
    space.reserve(s.value_bytes + (s.definition ? s.definition->document.size() : 0) + for_the_rest);
    return space;
  }
  template <class List, class Row>
  void list(std::string_view name, const List& rows, Row row) {
    out_.key(name).begin_array();
    for (const auto& r : rows) {
      out_.begin_object();
      row(r);
      out_.end_object();
    }
    out_.end_array();
  }
  void pooled(std::string_view name, const shared_json& value) {
    if (!value) return;
    const auto [at, fresh] = places_.emplace(value.get(), pool_.size());
    if (fresh) pool_.push_back(value.get());
    out_.field(name, std::uint64_t{at->second});
  }
  void why(const run_error& e) { out_.field("code", e.code).field("message", e.message); }
  template <class T>
  void optional(std::string_view name, const std::optional<T>& value) {
    if (value) out_.field(name, *value);
  }
  void optional_at(std::string_view name, const std::optional<instant>& at) {
    if (at) out_.field(name, at->us);
  }

  void head() {
    out_.field("status", name(s_.status))
        .field("before_crash", name(s_.status_before_crash))
        .field("reason", s_.status_reason);
    why(s_.why);
    out_.field("restarts", s_.restarts).field("created_us", s_.created_at.us).field("updated_us", s_.updated_at.us);
    out_.field("ended_us", s_.ended_at.us).field("recorded_us", s_.recorded_at.us);
    optional_at("deadline_us", s_.deadline);
    out_.raw_field("document", s_.definition->document).field("definition_version", s_.definition->read.version);
    out_.field("input_digest", s_.input_digest).raw_field("attributes", compact_text(s_.attributes));
    if (s_.parent)
      out_.key("parent")
          .begin_object()
          .field("workflow", s_.parent->workflow)
          .field("run", s_.parent->run)
          .end_object();
    if (s_.depth != 0) out_.field("depth", s_.depth);
    if (s_.branched_from)
      out_.key("branched_from")
          .begin_object()
          .field("workflow", s_.branched_from->workflow)
          .field("version", s_.branched_from->version)
          .end_object();
    out_.field("value_bytes", s_.value_bytes).field("next_run", s_.next_run).field("next_line", s_.next_line);
    out_.field("compensated", s_.compensated).field("signal_bytes", s_.signal_bytes).field("late_count", s_.late_count);
    pooled("value", s_.value);
    if (s_.ending) {
      out_.key("ending").begin_object().field("status", name(s_.ending->status));
      why(s_.ending->why);
      out_.end_object();
    }
  }

  void rows() {
    list("runs", s_.runs, [this](const auto& r) { one_run(r.second); });
    list("lines", s_.lines, [this](const auto& l) {
      out_.field("line", l.first).field("parent", l.second.parent).field("branch", l.second.branch);
      optional("index", l.second.index);
      out_.field("current", l.second.current).field("again", l.second.again);
    });
    list("ended", s_.ended, [this](const ended_run& r) {
      out_.field("run", r.run).field("status", static_cast<int>(r.status)).field("version", r.version);
    });
    list("undo", s_.undo_stack, [this](const undo& u) {
      out_.field("run", u.run).field("phase", u.phase);
      optional("index", u.index);
      pooled("item", u.item);
    });
    list("leaving", s_.leaving, [this](const auto& l) {
      out_.field("child", l.first).field("run", l.second.run).field("terminate", l.second.terminate);
    });
    list("signals", s_.signals, [this](const buffered_signal& b) {
      out_.field("id", b.id)
          .field("name", b.name)
          .raw_field("payload", compact_text(*b.payload))
          .field("at_us", b.at.us);
    });
    list("late", s_.late, [this](const late_record& l) {
      out_.field("run", l.run).field("digest", l.digest).field("from", l.from).field("at_us", l.at.us);
    });
    out_.key("not_undone").begin_array();
    for (const auto n : s_.not_undone) out_.value(n);
    out_.end_array().key("signal_ids").begin_array();
    for (const auto& id : s_.signal_ids) out_.value(id);
    out_.end_array().key("pool").begin_array();
    for (const json_value* v : pool_) out_.raw(compact_text(*v, v == s_.value.get() ? s_.value_bytes : 0));
    out_.end_array();
  }

  void one_run(const run& r) {
    out_.field("run", r.number).field("line", r.line).field("compensates", r.compensates).field("phase", r.phase);
    out_.field("status", static_cast<int>(r.status)).field("attempt", r.attempt).field("since_us", r.since.us);
    out_.field("attempt_at_us", r.attempt_at.us);
    encode_deadlines(out_.key("due"), r.due);
    optional("index", r.index);
    optional_at("retry_at_us", r.retry_at);
    if (r.last_error) {
      out_.key("last_error").begin_object();
      why(*r.last_error);
      out_.end_object();
    }
    out_.field("last_error_at_us", r.last_error_at.us);
    pooled("input", r.input);
    pooled("item", r.item);
    out_.field("child", r.child).field("by_deadline", r.by_deadline);
    list("steps", r.steps,
         [this](const step_record& step) { out_.field("step", step.name).field("version", step.result_version); });
    if (!r.gathers) return;
    const gathering& g = *r.gathers;
    out_.key("gathers").begin_object();
    pooled("items", g.items);
    out_.field("opened", g.opened)
        .field("closed", g.closed)
        .field("result_bytes", g.result_bytes)
        .field("first", g.first);
    out_.key("results").begin_array();
    for (const auto& result : g.results) {
      out_.begin_array();
      if (result) out_.raw(compact_text(*result));
      out_.end_array();
    }
    out_.end_array().end_object();
  }

  const workflow_state& s_;
  json_writer out_;
  std::unordered_map<const json_value*, std::size_t> places_;
  std::vector<const json_value*> pool_;
};

class decoder {
public:
  explicit decoder(const json_value& document) : f_(document) {}

  result<workflow_state> whole(const json_document& text) {
    if (f_.number("format") != 1) f_.fail("format");
    s_.version = f_.number("version");
    if (f_.has("status")) {
      for (const json_value& v : f_.array("pool")) pool_.push_back(std::make_shared<json_value>(v));
      head();
      rows();
    }
    if (f_.failed()) return f_.error();
    const auto keys = text.root().find("keys");
    if (!keys || !keys->is(json_type::array))
      return error{errc::corrupt, "corrupt_record", "a snapshot lacks readable keys", "keys"};
    auto window = idempotency_window::decode(*keys);
    if (!window) return window.error();
    s_.keys = *std::move(window);
    return std::move(s_);
  }

private:
  // Calls row(fields) for each object of the list.
  template <class Row>
  void list(record_fields& owner, std::string_view name, Row row) {
    for (const json_value& v : owner.array(name)) {
      record_fields f{v};
      row(f);
      if (f.failed()) owner.fail(name);
    }
  }
  shared_json pooled(record_fields& f, std::string_view name) {
    if (!f.has(name)) return {};
    const std::uint64_t at = f.number(name);
    if (at < pool_.size()) return pool_[at];
    f.fail(name);
    return {};
  }
  static instance_status status(record_fields& f, std::string_view field) {
    const auto known = instance_status_of(f.text(field));
    if (!known) f.fail(field);
    return known.value_or(instance_status::failed);
  }
  static run_status run_status_in(record_fields& f) {
    const std::uint64_t n = f.number("status");
    if (n > static_cast<std::uint64_t>(run_status::cancelled)) f.fail("status");
    return static_cast<run_status>(n);
  }

  void head() {
    s_.status = status(f_, "status");
    s_.status_before_crash = status(f_, "before_crash");
    s_.status_reason = f_.text("reason");
    s_.why = {f_.text("code"), f_.text("message")};
    s_.restarts = f_.small_number("restarts");
    s_.created_at = f_.at("created_us");
    s_.updated_at = f_.at("updated_us");
    s_.ended_at = f_.at("ended_us");
    s_.recorded_at = f_.at("recorded_us");
    s_.deadline = f_.optional_at("deadline_us");
    if (auto pinned = pin_definition(f_.value("document"), f_.small_number("definition_version")))
      s_.definition = *std::move(pinned);
    else f_.fail("document");
    s_.input_digest = f_.text("input_digest");
    s_.attributes = f_.object("attributes");
    if (f_.has("parent")) {
      record_fields p{f_.object("parent")};
      s_.parent = parent_run{p.text("workflow"), p.number("run")};
      if (p.failed()) f_.fail("parent");
    }
    if (f_.has("depth")) s_.depth = f_.small_number("depth");
    if (f_.has("branched_from")) {
      record_fields b{f_.object("branched_from")};
      s_.branched_from = branch_point{b.text("workflow"), b.number("version")};
      if (b.failed()) f_.fail("branched_from");
    }
    s_.value_bytes = f_.number("value_bytes");
    s_.next_run = f_.number("next_run");
    s_.next_line = f_.number("next_line");
    s_.compensated = f_.flag("compensated");
    s_.signal_bytes = f_.number("signal_bytes");
    s_.late_count = f_.number("late_count");
    s_.value = pooled(f_, "value");
    if (!s_.value || !s_.value->is_object()) f_.fail("value");
    if (f_.has("ending")) {
      record_fields e{f_.object("ending")};
      s_.ending = waiting_end{status(e, "status"), {e.text("code"), e.text("message")}};
      if (e.failed()) f_.fail("ending");
    }
  }

  void rows() {
    list(f_, "runs", [this](record_fields& f) {
      run r = one_run(f);
      if (s_.definition && !find_phase(s_.definition->read, r.phase)) f.fail("phase");
      s_.runs.emplace(r.number, std::move(r));
    });
    list(f_, "lines", [this](record_fields& f) {
      line l{f.number("line"),           f.number("parent"),  f.text("branch"),
             f.optional_number("index"), f.number("current"), f.flag("again")};
      if ((l.current != 0 && !s_.runs.contains(l.current)) || (l.number != 0 && !s_.runs.contains(l.parent)))
        f.fail("line");
      s_.lines.emplace(l.number, std::move(l));
    });
    list(f_, "ended", [this](record_fields& f) {
      s_.ended.push_back({f.number("run"), run_status_in(f), f.number("version")});
    });
    list(f_, "undo", [this](record_fields& f) {
      s_.undo_stack.push_back({f.number("run"), f.text("phase"), f.optional_number("index"), pooled(f, "item")});
    });
    list(f_, "leaving", [this](record_fields& f) {
      s_.leaving[f.text("child")] = {f.number("run"), f.flag("terminate")};
    });
    list(f_, "signals", [this](record_fields& f) {
      s_.signals.push_back(
          {f.text("id"), f.text("name"), std::make_shared<json_value>(f.value("payload")), f.at("at_us")});
    });
    list(f_, "late", [this](record_fields& f) {
      s_.late.push_back({f.number("run"), f.text("digest"), f.text("from"), f.at("at_us")});
    });
    for (const json_value& n : f_.array("not_undone")) {
      if (!n.is_number_unsigned()) f_.fail("not_undone");
      else s_.not_undone.push_back(n.get<std::uint64_t>());
    }
    for (const json_value& id : f_.array("signal_ids")) {
      if (!id.is_string()) f_.fail("signal_ids");
      else s_.signal_ids.push_back(id.get<std::string>());
    }
  }

  run one_run(record_fields& f) {
    run r;
    r.number = f.number("run");
    r.line = f.number("line");
    r.compensates = f.number("compensates");
    r.phase = f.text("phase");
    r.status = run_status_in(f);
    r.attempt = f.small_number("attempt");
    r.since = f.at("since_us");
    r.attempt_at = f.at("attempt_at_us");
    r.due = decode_deadlines(f.object("due"), f);
    r.index = f.optional_number("index");
    r.retry_at = f.optional_at("retry_at_us");
    if (f.has("last_error")) {
      record_fields e{f.object("last_error")};
      r.last_error = run_error{e.text("code"), e.text("message")};
      if (e.failed()) f.fail("last_error");
    }
    r.last_error_at = f.at("last_error_at_us");
    r.input = pooled(f, "input");
    r.item = pooled(f, "item");
    r.child = f.text("child");
    r.by_deadline = f.flag("by_deadline");
    list(f, "steps", [&r](record_fields& step) { r.steps.push_back({step.text("step"), step.number("version")}); });
    if (f.has("gathers")) r.gathers = gathered(f);
    return r;
  }

  gathering gathered(record_fields& owner) {
    record_fields f{owner.object("gathers")};
    gathering g;
    g.items = pooled(f, "items");
    g.opened = f.number("opened");
    g.closed = f.number("closed");
    g.result_bytes = f.number("result_bytes");
    g.first = f.number("first");
    for (const json_value& result : f.array("results")) {
      if (!result.is_array() || result.size() > 1) f.fail("results");
      else g.results.push_back(result.empty() ? shared_json() : std::make_shared<json_value>(result[0]));
    }
    if (f.failed()) owner.fail("gathers");
    return g;
  }

  record_fields f_;
  workflow_state s_;
  std::vector<shared_json> pool_;
};

} // namespace

std::string encode_state(const workflow_state& state) { return encoder(state).whole(); }

result<workflow_state> decode_state(std::string_view bytes) {
  const auto doc = json_document::parse(bytes, record_limits);
  if (!doc) return error{errc::corrupt, "corrupt_snapshot", "the snapshot is not JSON: " + doc.error().detail, {}};
  const json_value tree = to_json(doc->root());
  return decoder(tree).whole(*doc);
}

} // namespace ropewalk::workflow
