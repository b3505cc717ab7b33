// ropewalk context list|add|use|show|remove

#include <algorithm>

#include "cli/command_line.hpp"
#include "cli/contexts.hpp"
#include "cli/option.hpp"
#include "cli/verbs.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

struct context_options {
  std::string name, url, org, prefix, nats_user, nats_password_file, creds_file, tls_ca, tls_cert, tls_key;
  bool use = false, force = false;
};

result<exit_code> list(session& s) {
  const auto book = load_contexts(contexts_file());
  if (!book) return book.error();
  json_writer w;
  w.begin_object().field("current", book->current).key("contexts").begin_array();
  for (const auto& [name, c] : book->contexts) {
    std::string one = context_json(c, false);
    std::string named = R"({"name":)";
    append_json_string(named, name);
    w.raw(named + (one == "{}" ? "}" : "," + one.substr(1)));
  }
  w.end_array().end_object();
  const auto doc = reply_document::parse(std::move(w).take());
  if (!doc) return doc.error();
  static const std::vector<column> columns{
      {.title = "NAME"}, {.title = ""}, {.title = "ORG"}, {.title = "URL", .stretch = true}};
  s.out().list(
      doc->root(), "contexts", columns,
      [&](json_view c) {
        const std::string name = reply_document::text_of(c, "name");
        const bool current = name == book->current;
        return row{{name, current ? colour::green : colour::none},
                   {current ? "in use" : ""},
                   {reply_document::text_of(c, "org")},
                   {reply_document::text_of(c, "url")}};
      },
      "no contexts; make one: ropewalk context add NAME --url nats://HOST:4222 --org ORG");
  return exit_code::ok;
}

result<exit_code> show_one(session& s, const std::string& name, const endpoint_choice& c) {
  const auto doc = reply_document::parse(context_json(c, false));
  if (!doc) return doc.error();
  detail_lines lines{{"name", {name, colour::bold}}};
  for (const json_member m : doc->root().members()) lines.push_back({m.key, {m.value.string()}});
  s.out().record(doc->root(), lines);
  return exit_code::ok;
}

// --url and the like are options of every verb; here they say what the context is. So flags and variables
// alike.
result<exit_code> add_context(session& s, const context_options& o) {
  if (auto fine = check_context_name(o.name); !fine) return fine.error();
  auto book = load_contexts(contexts_file());
  if (!book) return book.error();
  if (book->contexts.contains(o.name) && !o.force)
    return error{
        errc::conflict, "context_exists", "there is a context \"" + o.name + "\" already; --force replaces it", {}};
  endpoint_choice c;
  const auto take = [](std::optional<std::string>& to, const std::string& from) {
    if (!from.empty()) to = from;
  };
  take(c.url, o.url);
  take(c.org, o.org);
  take(c.prefix, o.prefix);
  take(c.nats_user, o.nats_user);
  take(c.nats_password_file, o.nats_password_file);
  take(c.creds_file, o.creds_file);
  take(c.tls_ca, o.tls_ca);
  take(c.tls_cert, o.tls_cert);
  take(c.tls_key, o.tls_key);
  if (auto fine = check_endpoint(endpoint_of(c)); !fine) return fine.error();
  book->contexts[o.name] = c;
  if (o.use || book->contexts.size() == 1) book->current = o.name;
  if (auto saved = save_contexts(contexts_file(), *book); !saved) return saved.error();
  return show_one(s, o.name, c);
}

result<exit_code> use_context(session& s, const context_options& o) {
  auto book = load_contexts(contexts_file());
  if (!book) return book.error();
  if (o.name == "-") book->current.clear();
  else if (const auto c = find_context(*book, o.name); !c) return c.error();
  else book->current = o.name;
  if (auto saved = save_contexts(contexts_file(), *book); !saved) return saved.error();
  const auto doc =
      reply_document::parse(json_writer().begin_object().field("current", book->current).end_object().text());
  if (!doc) return doc.error();
  s.out().sentence(doc->root(), book->current.empty() ? "no context is in use" : "context " + o.name + " is in use");
  return exit_code::ok;
}

result<exit_code> show_context(session& s, const context_options& o) {
  const auto book = load_contexts(contexts_file());
  if (!book) return book.error();
  const std::string name = o.name.empty() ? book->current : o.name;
  if (name.empty()) return error{errc::not_found, "context_not_found", "no context is in use", {}};
  const auto c = find_context(*book, name);
  if (!c) return c.error();
  return show_one(s, name, *c);
}

result<exit_code> remove_context(session& s, const context_options& o) {
  auto book = load_contexts(contexts_file());
  if (!book) return book.error();
  if (const auto c = find_context(*book, o.name); !c) return c.error();
  book->contexts.erase(o.name);
  if (book->current == o.name) book->current.clear();
  if (auto saved = save_contexts(contexts_file(), *book); !saved) return saved.error();
  const auto doc = reply_document::parse(json_writer().begin_object().field("removed", o.name).end_object().text());
  if (!doc) return doc.error();
  s.out().sentence(doc->root(), "removed context " + o.name);
  return exit_code::ok;
}

} // namespace

void add_context_noun(command_line& line) {
  CLI::App& context = line.noun("context", "named places to talk to");
  line.on(
      line.verb(context,
                {.name = "list", .summary = "List the contexts", .details = "", .example = "ropewalk context list"}),
      list);

  auto a = std::make_shared<context_options>();
  CLI::App& add_verb =
      line.verb(context, {.name = "add",
                          .summary = "Add a context",
                          .details = "Secrets stay in files: a context holds their paths.",
                          .example = "ropewalk context add prod --url nats://n1:4222,nats://n2:4222 --org "
                                     "acme --creds ~/prod.creds --use"});
  add_option(add_verb, "NAME", a->name, "1 to 64 of A-Z a-z 0-9 . _ -").required();
  add_flag(add_verb, "--use", a->use, "use it from now on");
  add_flag(add_verb, "--force", a->force, "replace the context of that name");
  add_option(add_verb, "--url", a->url, "NATS server; several with commas");
  add_option(add_verb, "--org", a->org, "tenant");
  add_option(add_verb, "--prefix", a->prefix, "first part of every subject");
  add_option(add_verb, "--nats-user", a->nats_user, "user name at the server");
  add_option(add_verb, "--nats-password-file", a->nats_password_file, "file with that user's password");
  add_option(add_verb, "--creds", a->creds_file, "credentials file (JWT and nkey)");
  add_option(add_verb, "--tls-ca", a->tls_ca, "file of the authority to trust");
  add_option(add_verb, "--tls-cert", a->tls_cert, "file of the client's certificate");
  add_option(add_verb, "--tls-key", a->tls_key, "file of the client's key");
  line.on(add_verb, [a](session& s) { return add_context(s, *a); });

  const auto named = [&](const verb_text& text, bool required, const char* doc,
                         result<exit_code> (*run)(session&, const context_options&)) {
    auto o = std::make_shared<context_options>();
    CLI::App& verb = line.verb(context, text);
    add_option(verb, "NAME", o->name, doc).required(required);
    line.on(verb, [o, run](session& s) { return run(s, *o); });
  };
  named({.name = "use",
         .summary = "Use a context from now on",
         .details = "",
         .example = "ropewalk context use prod\nropewalk context use -"},
        true, "the context; - uses none", use_context);
  named({.name = "show", .summary = "Show a context", .details = "", .example = "ropewalk context show prod"}, false,
        "the context; default: the one in use", show_context);
  named({.name = "remove", .summary = "Remove a context", .details = "", .example = "ropewalk context remove prod"},
        true, "the context", remove_context);
}

} // namespace ropewalk::cli
