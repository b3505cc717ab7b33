#include "actors/thread_entity.hpp"

#include <algorithm>

#include "actors/page_reply.hpp"
#include "actors/thread_proofs.hpp"
#include "actors/window_reply.hpp"
#include "runtime/overloaded.hpp"
#include "runtime/uuid.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::size_t parked_a_fork = 64; // callers, of one fork and its repeats

} // namespace

read_context thread_entity::context() const { return {who_, durable_position(), {}, {}}; }

void thread_entity::read(request_ptr r) {
  if (!r->from) return;
  if (auto present = thread::require_present(who_, state_); !present) return refuse_seen(std::move(r), present.error());
  const auto from = std::make_shared<caller>(*std::move(r->from));
  const auto refuse = [from](const error& why) { from->refuse(why); };
  // Everything that an answer shows must be durable first (I4); answers are made now, given then.
  const auto answer = [&](std::string text) {
    when_durable([from, text = std::move(text)] { from->answer(text); }, refuse);
  };
  const auto from_views = [&](auto ask) {
    confirm(*from);
    when_durable(
        [this_reads = &env_.reads, ctx = context(), gate = gate_, from, ask]() mutable {
          ctx.min_position = gate->position.load(std::memory_order_acquire);
          ask(*this_reads, std::move(ctx), from);
        },
        refuse);
  };
  const auto prove = [&](auto ask) {
    confirm(*from);
    when_durable([proofs = &env_.proofs, who = who_, version = state_.version, gate = gate_,
                  ask] { ask(*proofs, who, version, gate->position.load(std::memory_order_acquire)); },
                 refuse);
  };
  std::visit(overloaded{[&](const thread::get&) { answer("{\"thread\":" + thread::render_thread(who_, state_) + "}"); },
                        [&](const thread::read_messages& what) {
                          if (std::string page = cached_page(what); !page.empty()) return answer(std::move(page));
                          const auto fill = [back = mail_,
                                             version = state_.version](std::vector<cached_message> newest) {
                            auto shared = std::make_shared<std::vector<cached_message>>(std::move(newest));
                            back([shared, version](auto& e) {
                              static_cast<thread_entity&>(e).fill_cache(std::move(*shared), version);
                            });
                          };
                          from_views([what, fill](thread_reads& reads, read_context ctx, shared_caller to) {
                            reads.page(std::move(ctx), what, std::move(to), fill);
                          });
                        },
                        [&](thread::read_window what) {
                          if (what.budget.max_tokens == 0) what.budget.max_tokens = state_.header.limits.max_tokens;
                          if (std::string window = cached_window(what); !window.empty())
                            return answer(std::move(window));
                          from_views([what, pinned = state_.messages.pinned()](thread_reads& reads, read_context ctx,
                                                                               shared_caller to) {
                            ctx.pinned = pinned;
                            reads.window(std::move(ctx), what, std::move(to));
                          });
                        },
                        [&](const thread::export_messages& what) {
                          from_views([what, header = thread::render_thread(who_, state_)](
                                         thread_reads& reads, read_context ctx, shared_caller to) {
                            ctx.thread_json = header;
                            reads.export_page(std::move(ctx), what, std::move(to));
                          });
                        },
                        [&](const thread::take_snapshot&) {
                          prove([from](thread_proofs& proofs, const entity_key& who, std::uint64_t version,
                                       std::uint64_t position) { proofs.snapshot(who, version, position, from); });
                        },
                        [&](const thread::verify& what) {
                          prove([from, what](thread_proofs& proofs, const entity_key& who, std::uint64_t version,
                                             std::uint64_t position) {
                            proofs.verify(who, version, position, what.against, from);
                          });
                        }},
             std::get<thread::read>(r->what));
}

std::string thread_entity::cached_page(const thread::read_messages& what) const {
  const auto& held = cache_.messages();
  const bool complete = held.size() == state_.messages.count();
  const auto at_or_after = [&](std::uint64_t seq) {
    return std::lower_bound(held.begin(), held.end(), seq,
                            [](const cached_message& m, std::uint64_t s) { return m.seq < s; });
  };
  const auto first = what.after_seq ? at_or_after(*what.after_seq + 1) : held.begin();
  const auto last = what.before_seq ? at_or_after(*what.before_seq) : held.end();
  const std::uint64_t available = first < last ? static_cast<std::uint64_t>(last - first) : 0;
  const bool all_here = complete || (what.after_seq && *what.after_seq + 1 >= cache_.from());
  const std::uint64_t wanted = what.offset + what.limit;
  if (!all_here && !(what.reverse && available >= wanted && !what.after_seq)) return {};

  page_reply page(std::min<std::uint64_t>(what.limit, available) * 400);
  const std::uint64_t begin = std::min(what.offset, available), end = std::min(wanted, available);
  bool cut = false;
  for (std::uint64_t i = begin; i < end && !cut; ++i) {
    const cached_message& m =
        what.reverse ? *(last - 1 - static_cast<std::ptrdiff_t>(i)) : *(first + static_cast<std::ptrdiff_t>(i));
    cut = !page.add(m.seq, *m.json);
  }
  const bool more = cut || end < available || !all_here;
  return std::move(page).finish(state_.messages.oldest(), state_.messages.last_seq(), more, what);
}

// "": not to be told from the cache alone; an error will show again, and be told, on the long way.
std::string thread_entity::cached_window(const thread::read_window& what) const {
  window_reply window(what);
  for (const std::uint64_t seq : state_.messages.pinned()) {
    const message_bytes* held = cache_.find(seq);
    if (!held || !window.add_pinned(*held)) return {};
  }
  const auto& tail = cache_.messages();
  for (auto m = tail.rbegin(); m != tail.rend(); ++m)
    if (!window.add_older(m->json)) return {};
  auto text = window.finish(tail.size() == state_.messages.count());
  return text && *text ? **std::move(text) : std::string{};
}

void thread_entity::fill_cache(std::vector<cached_message> newest, std::uint64_t version) {
  if (version != state_.version || newest.empty()) return; // the thread went on since
  const std::uint64_t from = newest.front().seq;
  cache_.prepend(std::move(newest), from);
}

void thread_entity::find_facts(request_ptr r, thread::wanted_facts wanted) {
  if (wanted.quota_user) {
    auto user = std::move(*wanted.quota_user);
    wanted.quota_user.reset();
    env_.quota.reserve(who_.org, user, [back = mail_, r, wanted](result<std::shared_ptr<thread_quota::slip>> place) {
      back([r, wanted, place = std::move(place)](auto& e) mutable {
        auto& self = static_cast<thread_entity&>(e);
        thread::facts known;
        if (place) r->keep = *place;
        else known.quota_refusal = place.error();
        if (wanted.message && !known.quota_refusal) return self.look_for_message(r, *wanted.message);
        self.decide(r, known);
        self.go_on();
      });
    });
    return;
  }
  if (wanted.message) return look_for_message(std::move(r), *wanted.message);
  when_durable(
      [reads = &env_.reads, ctx = context(), gate = gate_, back = mail_, r,
       ids = std::move(wanted.message_ids)]() mutable {
        ctx.min_position = gate->position.load(std::memory_order_acquire);
        reads->taken_ids(std::move(ctx), std::move(ids), [back, r](result<std::vector<std::string>> taken) {
          back([r, taken = std::move(taken)](auto& e) mutable {
            auto& self = static_cast<thread_entity&>(e);
            if (taken) self.decide(r, {std::nullopt, *std::move(taken), std::nullopt});
            else r->refuse(taken.error());
            self.go_on();
          });
        });
      },
      [back = mail_, r](const error& why) {
        r->refuse(why);
        back([](auto& e) { static_cast<thread_entity&>(e).go_on(); });
      });
}

void thread_entity::look_for_message(request_ptr r, thread::message_ref which) {
  const auto seq = which.seq ? which.seq : [&]() -> std::optional<std::uint64_t> {
    const auto in_id = seq_of_message_id(*which.id);
    return in_id ? std::optional<std::uint64_t>(*in_id) : std::nullopt;
  }();
  if (which.seq && !state_.messages.is_live(*which.seq)) {
    decide(std::move(r), {});
    return go_on();
  }
  if (seq)
    if (const message_bytes* held = cache_.find(*seq)) {
      auto place = which.id ? thread::read_place(**held) : result<thread::message_place>(thread::message_place{});
      if (place && (!which.id || place->id == *which.id)) {
        decide(std::move(r), {**held, {}, std::nullopt});
        return go_on();
      }
    }
  when_durable(
      [reads = &env_.reads, ctx = context(), gate = gate_, back = mail_, r, which]() mutable {
        ctx.min_position = gate->position.load(std::memory_order_acquire);
        reads->message(std::move(ctx), which, [back, r](result<std::optional<std::string>> found) {
          back([r, found = std::move(found)](auto& e) mutable {
            auto& self = static_cast<thread_entity&>(e);
            if (found) self.decide(r, {*std::move(found), {}, std::nullopt});
            else r->refuse(found.error());
            self.go_on();
          });
        });
      },
      [back = mail_, r](const error& why) {
        r->refuse(why);
        back([](auto& e) { static_cast<thread_entity&>(e).go_on(); });
      });
}

void thread_entity::applied(const thread::event& e) {
  std::visit(overloaded{[&](const thread::created&) { cache_.clear(state_.messages.next_seq()); },
                        [&](const thread::appended& a) {
                          cache_.append(a.seq, a.message_json);
                          if (a.first_seq) cache_.trim(*a.first_seq, state_.messages.pinned());
                        },
                        [&](const thread::edited& x) { cache_.replace(x.seq, x.message_json); },
                        [&](const thread::removed& x) { cache_.remove(x.seq); },
                        [&](const thread::cleared&) { cache_.clear(state_.messages.next_seq()); },
                        [&](const thread::deleted&) { cache_.clear(state_.messages.next_seq()); },
                        [&](const thread::trimmed& x) { cache_.trim(x.first_seq, state_.messages.pinned()); },
                        [](const auto&) {}},
             e);
}

request_ptr thread_entity::effect_request(const thread::effect& e) const {
  auto r = std::make_shared<request>();
  r->entity.org = who_.org;
  r->entity.kind = who_.kind;
  std::visit(overloaded{[&](const thread::start_fork& f) {
                          r->entity.id = f.child;
                          r->what = thread::command{thread::adopt_fork{who_.id, f.header_json, f.at}};
                        },
                        [&](const thread::report_fork& f) {
                          r->entity.id = f.parent;
                          r->what = thread::command{thread::settle_fork{who_.id, f.created, f.reason}};
                        }},
             e);
  return r;
}

void thread_entity::prepare(thread::decision& d, pending_write& write) {
  for (const thread::effect& e : d.effects) {
    write.effects.push_back(effect_request(e));
    write.effects.back()->ack = write.level; // whoever waits for the fork relies on both
    // A fork's place in a quota is its child's, until that is durable. What the child reports must not hold it: the
    // parent may be waiting for just that place.
    if (write.from) write.effects.back()->keep = write.keep;
  }
  if (!d.reply_after_child || !write.from) return;
  forks_.emplace(*d.reply_after_child, parked_fork{std::move(write.from), std::move(write.reply), false});
  write.from.reset();
  write.reply.clear();
  write.and_then = [back = mail_, child = *d.reply_after_child](const receipt& r) {
    back([child, r](auto& e) {
      auto [at, end] = static_cast<thread_entity&>(e).forks_.equal_range(child);
      for (; at != end; ++at)
        if (!at->second.has_receipt) {
          at->second.reply = with_receipt(std::move(at->second.reply), r, false);
          at->second.has_receipt = true;
        }
    });
  };
}

bool thread_entity::park_repeat(const thread::command& c, caller& from, std::string& text) {
  const auto* w = std::get_if<thread::write>(&c);
  const auto* f = w ? std::get_if<thread::fork>(w) : nullptr;
  if (!f) return false;
  const bool pending = std::any_of(state_.forks.begin(), state_.forks.end(),
                                   [&](const thread::pending_fork& p) { return p.child == f->child_id; });
  if (!pending) return false;
  if (forks_.count(f->child_id) >= parked_a_fork) {
    from.refuse({errc::busy, "entity_busy", "many repeats of this fork wait for it already; try again", {}});
    return true;
  }
  forks_.emplace(f->child_id, parked_fork{std::move(from), std::move(text), true});
  auto again = std::make_shared<request>(); // perhaps the first attempt died with a node
  again->entity = who_;
  again->what = thread::command{thread::wake{}};
  receive(std::move(again));
  return true;
}

void thread_entity::decided(const thread::command& c, instant) {
  const auto* settled = std::get_if<thread::settle_fork>(&c);
  if (!settled) return;
  auto [at, end] = forks_.equal_range(settled->child);
  while (at != end) {
    auto& parked = at->second;
    if (settled->created && !parked.has_receipt) {
      ++at; // cannot be: the receipt is posted before the child is asked
      continue;
    }
    if (settled->created) parked.from->answer(parked.reply);
    else parked.from->refuse({errc::conflict, "thread_exists", settled->reason, "thread"});
    at = forks_.erase(at);
  }
}

} // namespace ropewalk::actors
