#include "transport/jetstream_streams.hpp"

#include <nats/nats.h>

#include <algorithm>

#include "runtime/invariant.hpp"
#include "transport/jetstream_reader.hpp"
#include "transport/subject.hpp"

namespace ropewalk::transport {
namespace {

using replication::publish_outcome;
using replication::stream_change;
using replication::stream_facts;
using replication::stream_id;
using outcome_kind = publish_outcome::kind;

constexpr std::string_view api = "$JS.API.STREAM.";
// The least that the server takes; nothing here carries an id.
constexpr std::string_view duplicate_window_ns = "100000000";
// Who publishes to a stream without a leader hears so at once, and wants to try again as soon as there is one.
constexpr std::chrono::milliseconds missing_wait{200};
constexpr std::chrono::milliseconds inspect_wait{2400}; // who asks asks again then
constexpr std::chrono::seconds same_trouble_again{10};

result<std::string> own_inbox() {
  natsInbox* made = nullptr;
  if (natsInbox_Create(&made) != NATS_OK) return error{errc::unavailable, "nats", "no name for an inbox", {}};
  const std::string inbox = made;
  natsInbox_Destroy(made);
  return inbox;
}

} // namespace

class jetstream_streams::reader final : public replication::record_reader {
public:
  reader(std::shared_ptr<jetstream_reader> inside, std::atomic<std::int64_t>& open)
      : inside_(std::move(inside)), open_(open) {
    ++open_;
  }
  ~reader() override {
    inside_->end();
    --open_;
  }
  void pause() override { inside_->pause(); }
  void go_on() override { inside_->go_on(); }

private:
  const std::shared_ptr<jetstream_reader> inside_;
  std::atomic<std::int64_t>& open_;
};

result<std::unique_ptr<jetstream_streams>> jetstream_streams::open(nats_connection& connection,
                                                                   jetstream_settings settings) {
  if (!is_valid_cluster_token(settings.cluster))
    return invalid("cluster", "a cluster's id is 1 to 64 of A-Z, a-z, 0-9, _ and -");
  if (!is_valid_prefix(settings.prefix)) return invalid("prefix", "must be 1 to 8 tokens of [A-Za-z0-9_-]");
  if (settings.replicas < 1 || settings.replicas > 5) return invalid("replicas", "must be from 1 to 5");
  auto inbox = own_inbox();
  if (!inbox) return inbox.error();
  std::unique_ptr<jetstream_streams> s(new jetstream_streams(connection, std::move(settings), *std::move(inbox)));
  auto requests = jetstream_requests::open(connection, s->inbox_ + ".q");
  if (!requests) return requests.error();
  s->requests_ = *std::move(requests);
  s->inquiry_ = std::make_unique<stream_inquiry>(*s->requests_, s->names_,
                                                 [p = s.get()](const jetstream_problem& told) { p->trouble(told); });
  return s;
}

jetstream_streams::jetstream_streams(nats_connection& connection, jetstream_settings settings, std::string inbox)
    : connection_(connection), settings_(std::move(settings)), names_(settings_.prefix, settings_.cluster),
      inbox_(std::move(inbox)) {}

jetstream_streams::~jetstream_streams() {
  const std::int64_t readers_open = readers_open_;
  INVARIANT(readers_open == 0, readers_open);
  if (requests_) requests_->close();
}

std::string jetstream_streams::stream_settings(stream_id which) const {
  return R"({"name":")" + names_.stream(which) + R"(","subjects":[")" + names_.subject(which) +
         R"("],"retention":"limits","storage":"file","discard":"new","num_replicas":)" +
         std::to_string(settings_.replicas) + R"(,"duplicate_window":)" + std::string(duplicate_window_ns) +
         R"(,"max_msgs":-1,"max_bytes":-1,"max_age":0,"max_msg_size":-1,"max_msgs_per_subject":-1,"max_consumers":-1,)" +
         R"("deny_delete":true,"deny_purge":false,"allow_direct":false})"; // trim() is a purge
}

void jetstream_streams::create(stream_id which, on_change done) {
  requests_->ask(std::string(api) + "CREATE." + names_.stream(which), {}, stream_settings(which), settings_.api_wait,
                 [this, which, done = std::move(done)](const jetstream_answer& a) { made(which, a, done); });
}

void jetstream_streams::made(stream_id which, const jetstream_answer& a, const on_change& done) {
  if (a.what != jetstream_answer::kind::answered) return done(stream_change::unknown);
  const auto problem = problem_in(a.body);
  if (!problem) return done(stream_change::done);
  if (problem->error_code == jetstream_errors::stream_name_in_use) return adjust(which, done);
  trouble(*problem);
  done(stream_change::unknown);
}

// It exists with other settings: an operator has changed the number of replicas, or a later server knows more settings.
// One with another subject is somebody else's.
void jetstream_streams::adjust(stream_id which, const on_change& done) {
  inquiry_->look(which, settings_.api_wait, [this, which, done](const stream_look& seen) {
    if (seen.what != stream_facts::kind::present) return done(stream_change::unknown);
    if (seen.facts.subject != names_.subject(which)) {
      trouble({jetstream_errors::stream_name_in_use,
               names_.stream(which) + " is another system's: its subject is " + seen.facts.subject});
      return done(stream_change::unknown);
    }
    requests_->ask(std::string(api) + "UPDATE." + names_.stream(which), {}, stream_settings(which), settings_.api_wait,
                   [this, which, done](const jetstream_answer& a) { change_answered(which, a, done); });
  });
}

void jetstream_streams::change_answered(stream_id which, const jetstream_answer& a, const on_change& done) {
  if (a.what != jetstream_answer::kind::answered) return done(stream_change::unknown);
  const auto problem = problem_in(a.body);
  if (!problem) return done(stream_change::done);
  if (problem->error_code == jetstream_errors::stream_not_found)
    return inquiry_->confirm_missing(
        which, [done](bool missing) { done(missing ? stream_change::missing : stream_change::unknown); });
  trouble(*problem);
  done(stream_change::unknown);
}

void jetstream_streams::publish(stream_id which, std::uint64_t expected, std::string bytes,
                                std::function<void(publish_outcome)> done) {
  const std::string fence = std::to_string(expected);
  const header_view headers[] = {{fence_header, fence}};
  requests_->ask(names_.subject(which), headers, bytes, settings_.publish_wait,
                 [this, which, done = std::move(done)](const jetstream_answer& a) { published(which, a, done); });
}

void jetstream_streams::published(stream_id which, const jetstream_answer& a,
                                  const std::function<void(publish_outcome)>& done) {
  switch (a.what) {
  case jetstream_answer::kind::too_large: return done({outcome_kind::too_large});
  case jetstream_answer::kind::timed_out:
  case jetstream_answer::kind::closed: return done({});
  case jetstream_answer::kind::no_responders:
    return inquiry_->look(which, missing_wait, [done](const stream_look& seen) {
      done({seen.what == stream_facts::kind::missing ? outcome_kind::missing : outcome_kind::unknown});
    });
  case jetstream_answer::kind::answered: break;
  }
  if (const auto sequence = stored_sequence(a.body)) return done({outcome_kind::stored, *sequence});
  const auto problem = problem_in(a.body);
  if (!problem) return done({});
  if (const auto last = actual_last(*problem)) return done({outcome_kind::refused, *last});
  trouble(*problem);
  publish_outcome declined;
  declined.declined = true;
  declined.removed = problem->error_code == jetstream_errors::account_limits;
  done(declined);
}

void jetstream_streams::inspect(stream_id which, std::function<void(stream_facts)> done) {
  inquiry_->position(which, inspect_wait, std::move(done));
}

std::unique_ptr<replication::record_reader> jetstream_streams::read(stream_id which, std::uint64_t from,
                                                                    std::shared_ptr<replication::record_sink> sink) {
  auto inside = std::make_shared<jetstream_reader>(
      jetstream_reader::place{connection_, *requests_, *inquiry_, names_.stream(which), names_.subject(which),
                              inbox_ + ".r" + std::to_string(++readers_made_)},
      which, from, std::move(sink));
  inside->begin();
  return std::make_unique<reader>(std::move(inside), readers_open_);
}

// The server takes a purge beyond the end as a wish to go on from there: it would leave a hole in the numbering.
void jetstream_streams::trim(stream_id which, std::uint64_t keep_from, on_change done) {
  inquiry_->position(which, settings_.api_wait, [this, which, keep_from, done = std::move(done)](stream_facts facts) {
    if (facts.what != stream_facts::kind::present)
      return done(facts.what == stream_facts::kind::missing ? stream_change::missing : stream_change::unknown);
    const std::uint64_t first = std::min(keep_from, facts.last + 1);
    if (first <= facts.first) return done(stream_change::done);
    requests_->ask(std::string(api) + "PURGE." + names_.stream(which), {}, R"({"seq":)" + std::to_string(first) + "}",
                   settings_.api_wait,
                   [this, which, done](const jetstream_answer& a) { change_answered(which, a, done); });
  });
}

void jetstream_streams::remove(stream_id which, on_change done) {
  requests_->ask(std::string(api) + "DELETE." + names_.stream(which), {}, {}, settings_.api_wait,
                 [this, which, done = std::move(done)](const jetstream_answer& a) { change_answered(which, a, done); });
}

void jetstream_streams::list(std::function<void(bool, std::vector<stream_id>)> done) {
  list_page({}, 0, 0, std::move(done));
}

// A page begins at an offset in the sorted names: if their number changes in between, one could fall through.
void jetstream_streams::list_page(std::vector<stream_id> found, std::uint64_t offset, std::uint64_t total,
                                  std::function<void(bool, std::vector<stream_id>)> done) {
  const std::string body =
      R"({"offset":)" + std::to_string(offset) + R"(,"subject":")" + names_.all_subjects() + R"("})";
  requests_->ask(std::string(api) + "NAMES", {}, body, settings_.api_wait,
                 [this, found = std::move(found), offset, total, done = std::move(done)](const jetstream_answer& a) {
                   const auto page =
                       a.what == jetstream_answer::kind::answered ? read_names_page(a.body) : std::nullopt;
                   if (!page || (offset > 0 && page->total != total)) return done(false, {});
                   auto all = found;
                   for (const std::string& name : page->names)
                     if (const auto id = names_.parse(name)) all.push_back(*id);
                   const std::uint64_t next = offset + page->names.size();
                   if (next < page->total && !page->names.empty())
                     return list_page(std::move(all), next, page->total, done);
                   std::ranges::sort(all);
                   done(true, std::move(all));
                 });
}

void jetstream_streams::trouble(const jetstream_problem& p) {
  if (!settings_.on_trouble) return;
  const std::string sentence = "JetStream: " + p.description + " (" + std::to_string(p.error_code) + ")";
  {
    const std::scoped_lock lock(trouble_mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (sentence == last_trouble_ && now - last_trouble_at_ < same_trouble_again) return;
    last_trouble_ = sentence;
    last_trouble_at_ = now;
  }
  settings_.on_trouble(sentence);
}

} // namespace ropewalk::transport
