// What operators and the node's housekeeping have the journal's thread do between the groups of submissions.

#include <memory>
#include <utility>

#include "runtime/invariant.hpp"
#include "storage/journal_writer_impl.hpp"
#include "storage/membership.hpp"
#include "storage/quarantine.hpp"

namespace ropewalk::storage {

namespace {

// Of operators, who are not admitted as other requests are (I10); each costs a transaction.
constexpr std::size_t orders_max = 1024;

// Of what the operator asked for: the journal is as good as before.
bool is_refusal(const error& why) {
  return why.code == errc::not_found || why.code == errc::conflict || why.code == errc::invalid;
}

} // namespace

// Nothing else is in the group, so that one that fails takes no other write along.
void journal_writer::impl::carry_out(operators_order& o) {
  if (fatal) return o.done(*fatal);
  auto done = file.begin_group();
  const bool begun = static_cast<bool>(done);
  bool refused = false;
  if (done) {
    done = o.write();
    refused = !done && is_refusal(done.error());
    if (done) done = file.commit_group();
  }
  if (!done) {
    error why = done.error();
    bool is_fatal = !refused && why.type != "disk_full" && (begun || why.code != errc::busy);
    if (auto undone = file.abandon_group(); !undone) {
      why = undone.error();
      is_fatal = true;
    }
    if (is_fatal) fail_generation(why, true, 0);
  } else {
    watch_log();
    if (o.renews)
      if (auto renewed = replicated->begin_again(file, *o.renews); !renewed) {
        fail_generation(renewed.error(), true, 0);
        done = renewed.error();
      }
  }
  o.done(done);
}

void journal_writer::impl::order(operators_order o) {
  bool wake = false;
  {
    std::unique_lock lock{mutex};
    std::optional<error> refused;
    if (ended) refused = error{errc::unavailable, "stopping", "the node is stopping", {}};
    else if (orders.size() >= orders_max)
      refused = error{errc::busy, "node_busy", "many orders of operators wait already; try again", {}};
    if (refused) {
      lock.unlock();
      return o.done(*refused);
    }
    orders.push_back(std::move(o));
    wake = std::exchange(asleep, false);
  }
  if (wake) changed.notify_one();
}

void journal_writer::settle(quarantine_settlement what, std::function<void(const status_result&)> done) {
  impl_->order({[i = impl_.get(), what = std::move(what)] { return i->file.settle_quarantined(what); }, std::nullopt,
                std::move(done)});
}

void journal_writer::relearn(relearning what, std::function<void(const status_result&)> done) {
  INVARIANT(impl_->replicated != nullptr, what.partition.value);
  impl_->order({[i = impl_.get(), what]() -> status_result {
                  if (auto begun = i->file.relearn(what); !begun) return begun.error();
                  return ok();
                },
                what.partition, std::move(done)});
}

void journal_writer::sweep(checkpoint_sweep what, std::function<void(const result<std::optional<entity_key>>&)> done) {
  const auto next = std::make_shared<std::optional<entity_key>>();
  impl_->order({[i = impl_.get(), what = std::move(what), next]() -> status_result {
                  auto swept = i->file.sweep_checkpoints(what);
                  if (!swept) return swept.error();
                  *next = *std::move(swept);
                  return ok();
                },
                std::nullopt,
                [next, done = std::move(done)](const status_result& r) {
                  if (r) done(*next);
                  else done(r.error());
                }});
}

} // namespace ropewalk::storage
