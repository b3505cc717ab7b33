#include "actors/cluster/internal_codec.hpp"

#include "runtime/overloaded.hpp"
#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::actors {

namespace {

using workflow::json_value;

constexpr int internal_version =
    1; // of what stands in the fields; one that this program does not know is refused, and asked again
constexpr std::size_t internal_bytes = 1 << 20; // of a request: the server's max_payload is no more

json_value error_json(const workflow::run_error& e) { return {{"code", e.code}, {"message", e.message}}; }
workflow::run_error error_of(const json_value& j) {
  return {j.at("code").get<std::string>(), j.at("message").get<std::string>()};
}
json_value parent_json(const workflow::parent_run& p) { return {{"workflow", p.workflow}, {"run", p.run}}; }
workflow::parent_run parent_of(const json_value& j) {
  return {j.at("workflow").get<std::string>(), j.at("run").get<std::uint64_t>()};
}

json_value start_json(const workflow::start& s) {
  json_value j{{"what", "start"},
               {"definition", s.definition},
               {"input", s.input},
               {"attributes", s.attributes},
               {"if_absent", s.if_absent}};
  if (s.version) j["version"] = *s.version;
  if (s.parent) j["parent"] = parent_json(*s.parent);
  if (s.scheduled_by) j["scheduled_by"] = *s.scheduled_by;
  if (s.depth != 0) j["depth"] = s.depth;
  return j;
}

workflow::start start_of_json(const json_value& j) {
  workflow::start s;
  s.definition = j.at("definition").get<std::string>();
  s.input = j.at("input");
  s.attributes = j.at("attributes");
  s.if_absent = j.at("if_absent").get<bool>();
  if (j.contains("version")) s.version = j["version"].get<std::uint32_t>();
  if (j.contains("parent")) s.parent = parent_of(j["parent"]);
  if (j.contains("depth")) s.depth = j["depth"].get<std::uint32_t>();
  if (j.contains("scheduled_by")) s.scheduled_by = j["scheduled_by"].get<std::string>();
  return s;
}

std::optional<json_value> written(const workflow::write& w) {
  if (const auto* s = std::get_if<workflow::start>(&w)) return start_json(*s);
  if (const auto* c = std::get_if<workflow::cancel>(&w)) return json_value{{"what", "cancel"}, {"reason", c->reason}};
  if (const auto* t = std::get_if<workflow::terminate>(&w))
    return json_value{{"what", "terminate"}, {"reason", t->reason}};
  if (const auto* b = std::get_if<workflow::branch_off>(&w))
    return json_value{{"what", "branch_off"}, {"workflow", b->workflow}, {"version", b->version},
                      {"state", b->state},    {"patch", b->patch},       {"attributes", b->attributes}};
  return std::nullopt;
}

std::optional<json_value> told(const workflow::command& c) {
  if (const auto* w = std::get_if<workflow::write>(&c)) return written(*w);
  if (const auto* e = std::get_if<workflow::child_ended>(&c))
    return json_value{{"what", "child_ended"},           {"run", e->run},     {"child", e->child},
                      {"how", static_cast<int>(e->how)}, {"state", e->state}, {"why", error_json(e->why)}};
  if (const auto* b = std::get_if<workflow::child_begun>(&c))
    return json_value{{"what", "child_begun"}, {"run", b->run}, {"child", b->child}};
  if (const auto* s = std::get_if<workflow::stop_child>(&c))
    return json_value{
        {"what", "stop_child"}, {"parent", parent_json(s->parent)}, {"terminate", s->terminate}, {"reason", s->reason}};
  if (const auto* r = std::get_if<workflow::report_if_over>(&c))
    return json_value{{"what", "report_if_over"}, {"schedule", r->schedule}};
  return std::nullopt;
}

std::optional<json_value> told(const schedule::command& c) {
  if (const auto* a = std::get_if<schedule::start_accepted>(&c))
    return json_value{{"what", "start_accepted"}, {"workflow", a->workflow}};
  if (const auto* r = std::get_if<schedule::start_refused>(&c))
    return json_value{{"what", "start_refused"}, {"workflow", r->workflow}, {"why", error_json(r->why)}};
  if (const auto* e = std::get_if<schedule::workflow_ended>(&c))
    return json_value{{"what", "workflow_ended"}, {"workflow", e->workflow}, {"how", static_cast<int>(e->how)}};
  return std::nullopt;
}

std::optional<json_value> told(const thread::command& c) {
  if (const auto* a = std::get_if<thread::adopt_fork>(&c))
    return json_value{{"what", "adopt_fork"}, {"parent", a->parent}, {"header", a->header_json}, {"at_us", a->at.us}};
  if (const auto* s = std::get_if<thread::settle_fork>(&c))
    return json_value{{"what", "settle_fork"}, {"child", s->child}, {"created", s->created}, {"reason", s->reason}};
  return std::nullopt;
}

ack_level level_of(const std::string& named) {
  for (const ack_level l : {ack_level::local, ack_level::log, ack_level::peers})
    if (name(l) == named) return l;
  throw std::out_of_range("ack");
}

workflow::child_end end_of(const json_value& j) {
  const int how = j.get<int>();
  if (how < 0 || how > static_cast<int>(workflow::child_end::terminated)) throw std::out_of_range("how");
  return static_cast<workflow::child_end>(how);
}

void take_workflow(const std::string& what, const json_value& j, request& r) {
  using namespace workflow;
  if (what == "start") r.what = command{write{start_of_json(j)}};
  else if (what == "cancel") r.what = command{write{cancel{j.at("reason").get<std::string>()}}};
  else if (what == "terminate") r.what = command{write{terminate{j.at("reason").get<std::string>()}}};
  else if (what == "branch_off")
    r.what = command{write{branch_off{j.at("workflow").get<std::string>(), j.at("version").get<std::uint64_t>(),
                                      j.at("state").get<std::string>(), j.at("patch"), j.at("attributes")}}};
  else if (what == "child_ended")
    r.what = command{child_ended{j.at("run").get<std::uint64_t>(), j.at("child").get<std::string>(),
                                 end_of(j.at("how")), j.at("state"), error_of(j.at("why"))}};
  else if (what == "child_begun")
    r.what = command{child_begun{j.at("run").get<std::uint64_t>(), j.at("child").get<std::string>()}};
  else if (what == "stop_child")
    r.what = command{
        stop_child{parent_of(j.at("parent")), j.at("terminate").get<bool>(), j.at("reason").get<std::string>()}};
  else if (what == "report_if_over") r.what = command{report_if_over{j.at("schedule").get<std::string>()}};
  else throw std::out_of_range(what);
}

void take_schedule(const std::string& what, const json_value& j, request& r) {
  using namespace schedule;
  const std::string workflow = j.at("workflow").get<std::string>();
  if (what == "start_accepted") r.what = command{start_accepted{workflow}};
  else if (what == "start_refused") r.what = command{start_refused{workflow, error_of(j.at("why"))}};
  else if (what == "workflow_ended") r.what = command{workflow_ended{workflow, end_of(j.at("how"))}};
  else throw std::out_of_range(what);
}

void take_thread(const std::string& what, const json_value& j, request& r) {
  using namespace thread;
  if (what == "adopt_fork")
    r.what = command{adopt_fork{j.at("parent").get<std::string>(), j.at("header").get<std::string>(),
                                instant{j.at("at_us").get<std::int64_t>()}}};
  else if (what == "settle_fork")
    r.what = command{
        settle_fork{j.at("child").get<std::string>(), j.at("created").get<bool>(), j.at("reason").get<std::string>()}};
  else throw std::out_of_range(what);
}

template <class... Kinds, class Variant>
bool is_one_of(const Variant& v) {
  return (std::holds_alternative<Kinds>(v) || ...);
}

} // namespace

bool has_internal_form(const request& r) {
  if (const auto* c = std::get_if<workflow::command>(&r.what)) {
    const auto* w = std::get_if<workflow::write>(c);
    return w ? is_one_of<workflow::start, workflow::cancel, workflow::terminate, workflow::branch_off>(*w)
             : is_one_of<workflow::child_begun, workflow::child_ended, workflow::stop_child, workflow::report_if_over>(
                   *c);
  }
  if (const auto* c = std::get_if<schedule::command>(&r.what))
    return is_one_of<schedule::start_accepted, schedule::start_refused, schedule::workflow_ended>(*c);
  const auto* c = std::get_if<thread::command>(&r.what);
  return c && is_one_of<thread::adopt_fork, thread::settle_fork>(*c);
}

std::optional<std::string> encode_internal(const request& r) {
  if (!has_internal_form(r)) return std::nullopt;
  auto body = std::visit(
      [](const auto& what) -> std::optional<json_value> {
        if constexpr (requires { told(what); }) return told(what);
        else return std::nullopt;
      },
      r.what);
  if (!body) return std::nullopt;
  (*body)["v"] = internal_version;
  (*body)["to"] = {{"kind", static_cast<int>(r.entity.kind)}, {"org", r.entity.org}, {"id", r.entity.id}};
  if (r.ack) (*body)["ack"] = name(*r.ack);
  if (r.key)
    (*body)["key"] = {{"key", r.key->key},
                      {"fingerprint", std::vector<int>(r.key->fingerprint.begin(), r.key->fingerprint.end())}};
  return body->dump();
}

result<request_ptr> decode_internal(std::string_view body) {
  const auto parsed = workflow::parse_json(body, {.max_bytes = internal_bytes});
  if (!parsed) return parsed.error();
  auto r = std::make_shared<request>();
  try {
    if (const auto v = parsed->find("v"); v != parsed->end() && v->get<int>() > internal_version)
      return error{errc::unavailable,
                   "newer_request",
                   "a member with a newer program asks in version " + std::to_string(v->get<int>()) +
                       "; this one knows version " + std::to_string(internal_version),
                   {}};
    const json_value& to = parsed->at("to");
    r->entity = {to.at("org").get<std::string>(), static_cast<entity_kind>(to.at("kind").get<int>()),
                 to.at("id").get<std::string>()};
    if (const auto level = parsed->find("ack"); level != parsed->end()) r->ack = level_of(level->get<std::string>());
    if (parsed->contains("key")) {
      auto& key = r->key.emplace();
      key.key = (*parsed)["key"].at("key").get<std::string>();
      const auto bytes = (*parsed)["key"].at("fingerprint").get<std::vector<int>>();
      for (std::size_t i = 0; i < key.fingerprint.size(); ++i)
        key.fingerprint[i] = static_cast<std::uint8_t>(bytes.at(i));
    }
    const std::string what = parsed->at("what").get<std::string>();
    switch (r->entity.kind) {
    case entity_kind::workflow: take_workflow(what, *parsed, *r); break;
    case entity_kind::schedule: take_schedule(what, *parsed, *r); break;
    case entity_kind::thread: take_thread(what, *parsed, *r); break;
    default: throw std::out_of_range("kind");
    }
  } catch (const std::exception& e) {
    return error{errc::invalid, "malformed_internal", std::string("not what a member writes: ") + e.what(), {}};
  }
  return r;
}

} // namespace ropewalk::actors
