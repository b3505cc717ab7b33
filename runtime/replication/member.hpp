#pragma once
// One member's part in one partition: follows the stream, promises, takes over, owns, gives way. A value without I/O, clock,
// thread or random source: told what happened and when, it answers with effects, in order.
//
//   member m(settings, what_the_disk_holds, chain, now);
//   m.receive(now, message);  for (effect& e : m.take_effects()) shell.perform(e);
//
// The shell performs effects in their order, brings back answers with their op, and starts a new member from the
// disk after a crash (answers to the old one must not reach the new one). Entries that an owner places (prepared) the shell
// hands to its disk itself, in the same order as changes.
//
//                       +-- silence longer than the lease --> campaigning --+
//   following <---------+                                                   |-- durable at N peers --> owning
//       ^               +-- promise to a higher epoch, or no success -------+                             |
//       +----------- a higher promise, OPEN or SEAL; the stream is lost: campaigning at once <------------+
//
// Intuition: an epoch is owned by who got the promises of M-N members (and a majority), so its survey has seen every entry that N+1
// disks hold. The stream orders owners; promises make that order survive the stream.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/replication/effects.hpp"
#include "runtime/replication/rule_breaks.hpp"

namespace ropewalk::replication {

struct member_settings {
  member_name self;
  voters members; // who counts until the chain says otherwise; and whom a new member asks first
  // The same names, who takes over first in front. Empty: as they stand.
  std::function<std::vector<member_name>(std::vector<member_name>)> prefer;
  partition_id partition;
  entry_hasher hash_of = nullptr;
  std::int64_t lease_us = 3'000'000;     // an owner that is silent for longer is replaced
  std::int64_t beat_us = 500'000;        // several may be lost within a lease
  std::int64_t retry_us = 250'000;       // between two attempts of the same question
  std::int64_t answer_us = 2'500'000;    // that an answer of a stream may take: to say `missing` takes a second alone
  std::int64_t stagger_us = 150'000;     // the second choice waits that much longer than the first
  std::int64_t campaign_us = 12'000'000; // then it is begun anew; a stream's own election alone takes up to 9 s
  std::uint64_t seed = 0;                // of the jitter
  std::uint32_t level = program_level;   // what this program knows (configuration.hpp)
  rule_break broken = rule_break::none;
};

struct step_time {
  std::int64_t us = 0; // a clock that counts suspend; only its rate is trusted
  instant wall;        // for entries
};

enum class members_progress : std::uint8_t {
  done,     // committed
  learning, // the new member is not in step yet
  waiting,  // for enough members in step that would be left
  changing, // written, not committed yet
};

class member {
public:
  enum class role : std::uint8_t { following, campaigning, owning };

  member(member_settings settings, durable_state disk, const chain_view& chain, step_time now);

  void tick(step_time now); // at next_tick() or before
  void receive(step_time now, const message& m);
  void heard_self(step_time now); // this member's own beat came back through the network
  void changed(step_time now, std::uint64_t op);
  // bytes: digest of what was published, as a reader would see it.
  void published(step_time now, std::uint64_t op, const publish_outcome& outcome, const digest& bytes);
  void inspected(step_time now, std::uint64_t op, const stream_facts& facts);
  void created(step_time now, std::uint64_t op, stream_change outcome);
  void listed(step_time now, std::uint64_t op, bool known, const std::vector<std::uint64_t>& generations);
  // decoded is null if the bytes do not verify: refused alike by all members.
  void stream_record(step_time now, std::uint64_t op, std::uint64_t sequence, const digest& bytes,
                     const std::shared_ptr<const record>& decoded);
  void stream_gap(step_time now, std::uint64_t op, std::uint64_t first);

  // Of an owner that serves: entries placed behind head(), of its epoch, are being written to the disk. False: not the owner (any
  // more), or others were placed there: they must not be written.
  bool prepared(step_time now, const std::vector<entry_ptr>& entries);
  void stored(step_time now, const chain_point& at); // and are synced, up to there
  // Of what entries up to upto show; all: of whatever is on the chain. read_stands or read_fails follows.
  static constexpr std::uint64_t all = UINT64_MAX;
  void read(step_time now, std::uint64_t id, std::uint64_t upto = all);
  void forget_reads(const std::set<std::uint64_t>& ids); // nobody waits for them any more
  // An owner whose writes are done gives way; false: it did not. moved: an operator wants it to stay there.
  bool hand_over(step_time now, const member_name& to, bool moved = false);
  bool rests() const noexcept { return resting_; }
  // Others are told not to give it back, and who takes over is rather one of them; until an operator moves it here, or this member
  // is made one anew.
  void rest();
  // Others are told not to give anything back while what would be asked here had to wait for its views.
  void lags(bool views_lag) noexcept { lags_ = views_lag; }
  // A member more or less, asked of the owner: it goes on by itself for a while (patience: 20 leases), and is asked again until it
  // says done. Errors: unavailable "not_owner"; conflict "change_under_way" (another one), "hand_over_first" (the owner itself is to
  // go); invalid "member" or "guaranteed_peers".
  result<members_progress> change_members(step_time now, const members_change& wish);

  std::vector<effect> take_effects();

  // ---- for the shell, operators and tests ----
  role current_role() const noexcept { return role_; }
  bool serving() const noexcept { return serving_; }
  // An owner that is cut off serves and does not.
  bool acknowledges(step_time now) const { return serving_ && lease_stands(now); }
  std::uint64_t epoch() const noexcept { return role_ == role::following ? accepted_.epoch : epoch_; }
  const chain_point& accepted() const noexcept { return accepted_; }
  chain_point head() const { return tail_.empty() ? accepted_ : point_of(*tail_.back()); }
  const chain_point& stored_accepted() const noexcept { return stored_.accepted; }
  const member_name& owner() const noexcept { return owner_; } // of the last accepted epoch; "" = unknown
  // When an owner's beat came last; 0: none since the start.
  std::int64_t last_beat_us() const noexcept { return last_beat_us_; }
  const stream_position& position() const noexcept { return position_; }
  const given_promise& promised() const noexcept { return promised_; }
  const configuration& members() const noexcept { return *configurations_.back(); } // as the chain says, tail included
  // Not a member (any more, or yet): it follows, and never takes over.
  bool outsider() const { return !members().has(s_.self); }
  bool was_removed() const;
  member_name preferred() const; // of the members, the first
  // Members, and who is becoming one; without this one.
  std::vector<member_name> others() const;
  const standing& stands() const noexcept { return standing_; }
  const char* stage_name() const noexcept;
  // When this member last knew that its disk held all that the owner had seen accepted: by the arrival of the owner's beat, so
  // without that message's way; of an owner: when its lease last stood. nullopt: not since its start.
  std::optional<std::int64_t> in_step_us() const noexcept { return in_step_us_; }
  // What is accepted and on this disk: it may be shown.
  std::uint64_t shown() const noexcept {
    return role_ == role::owning ? std::min(accepted_.index, stored_.head.index) : stored_.accepted.index;
  }
  // The disk holds nothing beyond what was accepted.
  bool clean() const noexcept { return tail_.empty() && stored_.head.index == stored_.accepted.index; }
  // Of an owner that serves: whether the other one is there, follows, and could take over without a pause.
  bool in_step(step_time now, const member_name& other) const;
  // Of an owner that serves: whether the other one is in step, and does not rest.
  bool may_be_given(step_time now, const member_name& other) const;
  // What is owned, or fought for, was moved here by an operator.
  bool moved_here() const noexcept { return moved_here_after_ != 0; }
  // What of an operator's wishes outlives a new beginning from the disk, in one process.
  struct wishes {
    bool rests = false;
    std::uint64_t moved_here_after = 0;
  };
  wishes operators_wishes() const noexcept { return {resting_, moved_here_after_}; }
  void keep_wishes(const wishes& w);

private:
  enum class stage : std::uint8_t {
    promising,  // asking for promises
    locating,   // asking how long the stream is
    reading,    // to its end
    flushing,   // what this member wrote as the last owner and did not get out
    opening,    // OPEN
    listing,    // which streams are to be sealed
    sealing,    // one after the other
    rereading,  // what came in before the seal
    gathering,  // the best chain, from a peer
    basing,     // until it is on this disk
    creating,   // a stream of the new generation
    founding,   // GENESIS
    confirming, // until N peers hold it
  };
  struct vote {
    promise what;
    std::uint64_t incarnation = 0;
  };
  struct stored_image { // of the disk
    chain_point accepted;
    chain_point head; // beyond accepted what this member wrote as an owner
    stream_position position;
    given_promise promised;
    replication::standing standing;
    configuration_ptr members; // at accepted
  };
  struct pending_change {
    std::uint64_t op = 0;
    stored_image after;
    bool moves_head = false;
  };
  struct watch { // the stream that is read
    std::uint64_t op = 0;
    std::uint64_t generation = 0;
    std::uint64_t next = 1; // sequence that comes next
    bool known = false;     // its records go on from what this member has
    bool foreign = false;   // another stream stands in its place
    bool gap = false;       // trimmed before what comes next
    stream_fold fold;
  };
  struct peer_state {                    // of an owner's or confirming candidate's peer
    std::int64_t granted_us = INT64_MIN; // the newest beat of ours that it answered, by our clock
    std::int64_t heard_us = INT64_MIN;
    std::int64_t moved_us = 0; // since when it has not come nearer
    chain_point durable;       // of this epoch
    stream_position position;
    std::uint32_t level = 0; // 0: not told yet
    bool resting = false;
  };
  struct catching {
    std::uint64_t id = 0; // 0: the question is not sent yet
    member_name peer;
    bool with_tail = false;
    std::int64_t give_up_us = 0;
    // What came of a command that goes on in the next piece, and where it begins: not written before it is whole, for the peer may
    // never send the rest. No more than one command (I10).
    std::vector<entry_ptr> begun{};
    chain_point begun_at{};
  };
  struct joining {
    std::map<member_name, join_answer> answers;
    std::optional<chain_point> target;
    std::uint64_t promised = 0;
    std::int64_t retry_us = 0;
    // Whether there is a cluster at all.
    std::uint64_t round = 0;                             // the upper 48 bits are drawn for each life
    std::map<member_name, std::uint64_t> outside;        // who said so in this round, and its disk's incarnation
    std::map<member_name, std::uint64_t> outside_before; // all others, in the round before
    bool founding = false;                               // the target is what there was before the cluster
    member_name holder;                                  // of it
    std::int64_t tell_us = 0;
    std::uint64_t list_op = 0; // of a member that is alone: whether there is a cluster that its disk has no place in
  };

  // member.cpp
#ifdef ROPEWALK_FAILPOINTS
  bool broken(rule_break rule) const noexcept { return s_.broken == rule; }
#else
  static constexpr bool broken(rule_break) noexcept { return false; }
#endif
  std::uint64_t new_op() noexcept { return ++last_op_; }
  std::int64_t jitter(std::int64_t below_us);
  void draw_patience();
  void send(const member_name& to, message_body body, std::uint64_t addressee = 0);
  void send_others(const message_body& body);
  void persist(change c);
  // What counts must be enough of both lists while members change.
  template <class Rule>
  bool enough(const configuration& c, Rule rule) const {
    return broken(rule_break::new_list_alone) ? rule(c.last()) : c.both(rule);
  }
  std::size_t peers_of(const voters& v) const;
  bool promised_enough(const configuration& c) const;
  bool surveyed() const;
  void keep_promise(std::uint64_t epoch, const member_name& to);
  void learn(const incarnation_map& known);
  void report_progress();

  // changing_members.cpp
  const configuration_ptr& members_at(std::uint64_t index) const;
  bool note_members(const adoption& a);
  void rank();
  void await(const member_name& who);
  bool knows(const std::vector<entry_ptr>& entries);
  void propose(step_time now, configuration next);
  bool committed(std::uint64_t index) const; // of an owner: accepted, on its disk and on N peers'
  void go_on_with_change(step_time now);
  std::uint32_t level_of_all() const;
  bool may_open(step_time now, const configuration& c);
  void hear_of_removal(step_time now, const message& m, const configuration& told);

  // following.cpp
  void watch_stream(std::uint64_t generation);
  void stop_watching();
  bool reach_base(const chain_point& base, const chain_point& first, adoption& a);
  void adopt_entries(const record& r, adoption& a);
  void accept(step_time now, const record& r, const stream_position& at);
  void note_position();
  void tell_durable();
  void note_in_step(step_time now, const beat& b);
  void on_beat(step_time now, const message& m, const beat& b);
  bool lease_given(step_time now, const prepare& p) const;
  void on_prepare(step_time now, const message& m, const prepare& p);
  void answer_prepare(const member_name& to, std::uint64_t incarnation);
  void on_release(step_time now, const message& m, const release& r);
  bool may_acknowledge() const;
  bool suspects_owner(step_time now) const;
  void tick_following(step_time now);

  // catching_up.cpp
  void catch_up(step_time now, const member_name& peer, bool with_tail);
  void ask_chunk();
  void on_fetch(const message& m, const fetch& f);
  void on_chunk(step_time now, const message& m, const chunk& piece);
  void put_begun_before(chunk& c);
  void keep_begun(chunk& c);
  member_name next_peer();

  // campaign.cpp
  void campaign(step_time now, std::uint64_t released);
  void enter(step_time now, stage next);
  void act(step_time now);
  std::uint64_t ask_stream(step_time now);
  void ask_again_soon(step_time now) { retry_at_us_ = now.us + s_.retry_us; }
  void abandon(step_time now, std::uint64_t seen_epoch);
  void on_promise(step_time now, const message& m, const promise& p);
  void on_refusal(step_time now, const message& m, const refusal& r);
  void survey_done(step_time now);
  void read_on(step_time now);
  void judge_stream(step_time now);
  void tick_campaigning(step_time now);
  std::shared_ptr<const record> ownership_record(step_time now, record_kind kind) const;
  void own_record_accepted(step_time now, const stream_position& at);
  void try_confirm(step_time now);

  // new_generation.cpp
  void act_sealing(step_time now);
  void sealed_all(step_time now);
  void gather(step_time now);
  void try_found(step_time now);

  // owning.cpp
  void begin_owning(step_time now);
  void publish_tail();
  bool splits(const record& r);
  void tell_too_large(const record& r);
  std::shared_ptr<const record> data_record() const;
  bool own_end(const stream_facts& facts);
  void resolve(step_time now);
  void resolved(step_time now);
  void step_down(step_time now, const std::string& why);
  void succeed_itself(step_time now, const std::string& why);
  void end_serving(const std::string& why);
  void tick_owning(step_time now);
  void send_beats(step_time now);
  void note_peer(step_time now, const message& m, std::optional<std::int64_t> granted, bool acknowledges,
                 const chain_point& durable, const stream_position& position);
  bool somebody_stands_still(step_time now);
  bool lease_stands(step_time now) const;
  std::uint64_t peers_durable() const;
  std::uint64_t committed() const;
  void settle_reads(step_time now);
  void tidy_streams(step_time now);

  // joining.cpp
  void tick_joining(step_time now);
  void on_join(step_time now, const message& m, const join& j);
  void on_join_answer(step_time now, const message& m, const join_answer& a);
  bool outside_clusters() const;
  bool alone() const; // the only member
  void look_for_cluster();
  void cluster_looked_for(step_time now, bool known, const std::vector<std::uint64_t>& generations);
  void end_round();
  bool holds_all_that_was() const;
  void learned_anew(const member_name& who);
  void try_stand(step_time now);

  member_settings s_;
  const chain_view& chain_;
  std::vector<effect> effects_;
  std::uint64_t last_op_ = 0;
  std::uint64_t jitter_state_;

  // The disk, as it will be when all changes that were asked for are done.
  replication::standing standing_;
  given_promise promised_;
  incarnation_map incarnations_;
  stream_position position_;
  chain_point accepted_;
  std::deque<entry_ptr> tail_;
  std::deque<configuration_ptr> configurations_; // of the chain, never empty
  std::int64_t rank_ = 0;                        // among them, who takes over first is 0, awaited_ last
  // And as it is.
  stored_image stored_;
  std::deque<pending_change> changing_;

  bool halted_ = false; // the program is too old
  role role_ = role::following;
  member_name owner_;
  std::optional<watch> watch_;
  std::optional<catching> catching_;
  member_name asked_last_;
  chain_point told_;               // what the owner was told to be durable here
  std::uint64_t seen_epoch_ = 0;   // the highest that anybody spoke of
  std::uint64_t forked_epoch_ = 0; // whose records go on from entries that are not in the stream
  std::int64_t last_heard_us_ = 0; // of the owner, or since when somebody else is trying
  member_name awaited_;            // that one; this member itself while it owns, "" = not known since the start
  member_name stranger_to_;        // who refused this campaign because it does not know this member
  std::int64_t heard_self_us_ = 0, last_beat_us_ = 0;
  std::int64_t granted_until_us_ = 0; // the owner's lease, by our clock
  std::uint64_t granted_epoch_ = 0;
  std::int64_t patience_us_ = 0; // beyond the lease: by rank, and more after each failed campaign
  std::uint32_t failed_campaigns_ = 0;
  struct waiting_candidate {
    std::uint64_t op = 0; // of the change that holds the promise
    member_name who;
    std::uint64_t incarnation = 0;
  };
  std::optional<waiting_candidate> waiting_candidate_;

  struct owner_at { // what a beat said, and when it came
    std::int64_t us = 0;
    std::uint64_t epoch = 0, accepted = 0;
  };
  std::optional<owner_at> behind_; // not on this disk yet
  std::optional<std::int64_t> in_step_us_;

  // campaigning
  stage stage_ = stage::promising;
  std::uint64_t epoch_ = 0; // that is fought for, or owned
  std::uint64_t released_ = 0;
  std::uint64_t moved_here_after_ = 0; // whose owner an operator had hand it here; 0: none, or another owns it since
  bool resting_ = false, lags_ = false;
  std::int64_t campaign_until_us_ = 0;
  std::int64_t retry_at_us_ = 0;
  std::map<member_name, vote> votes_;
  std::uint64_t self_vote_op_ = 0;
  std::uint64_t stage_op_ = 0;         // the answer that this stage waits for
  std::uint64_t generation_ = 0;       // of the best chain that the survey found
  std::uint64_t target_ = 0;           // sequence to read up to
  bool stream_differs_ = false;        // between members: a new generation, whatever this one reads
  bool unfit_ = false;                 // the stream is missing, shorter than what members hold, or another one
  std::shared_ptr<const record> sent_; // the record whose answer is awaited, also of an owner
  std::uint64_t expected_ = 0;
  // The last sequence at the stream's end that stands for no record (stream_facts::removed), where it is known and one may go on
  // behind it; and that of this owner's own record which may have been removed.
  std::uint64_t skipped_to_ = 0, removed_at_ = 0;
  std::vector<std::uint64_t> to_seal_;
  std::optional<std::uint64_t> sealing_at_; // the last sequence of the one that is sealed next, once it is known
  std::optional<chain_point> base_;
  std::uint64_t opened_index_ = 0;
  std::map<member_name, peer_state> peers_;

  // owning
  bool serving_ = false;
  enum class trouble : std::uint8_t { none, inspecting, reading };
  trouble trouble_ = trouble::none;
  std::uint64_t publish_op_ = 0;
  std::int64_t publish_deadline_us_ = 0;
  std::size_t group_bytes_ = record_limits::group; // less where a server takes no such record
  std::int64_t too_large_until_us_ = 0;            // nothing is published before; 0: nothing was too large
  std::int64_t next_beat_us_ = 0;
  std::int64_t next_tidy_us_ = 0;
  std::uint64_t tidy_op_ = 0;
  std::uint64_t trimmed_below_ = 0;
  progress reported_;
  std::multimap<std::uint64_t, std::uint64_t> reads_; // that wait, by the index that they show
  struct wish {
    members_change what;
    std::int64_t until_us = 0;
  };
  std::optional<wish> wish_;

  std::optional<joining> joining_;
};

} // namespace ropewalk::replication
