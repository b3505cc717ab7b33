#include "runtime/replication/message_codec.hpp"

#include <utility>

#include "runtime/overloaded.hpp"
#include "runtime/replication/byte_fields.hpp"
#include "runtime/replication/entry_bytes.hpp"

namespace ropewalk::replication {

namespace {

constexpr std::string_view message_mark = "RWM";
constexpr std::uint8_t message_format = 2;
constexpr std::uint32_t most_members = 64, most_probes = 64;

void put_flag(byte_writer& out, bool flag) { out.number(static_cast<std::uint8_t>(flag)); }

void put_position(byte_writer& out, const stream_position& p) {
  out.number(p.generation);
  out.number(p.sequence);
  out.raw(p.record);
  put_flag(out, p.sealed);
}

void put_incarnations(byte_writer& out, const incarnation_map& known) {
  out.number(static_cast<std::uint32_t>(known.size()));
  for (const auto& [who, incarnation] : known) {
    out.text(who);
    out.number(incarnation);
  }
}

void put_voter_list(byte_writer& out, const voters& v) {
  out.number(static_cast<std::uint32_t>(v.names.size()));
  for (const member_name& who : v.names) out.text(who);
  out.number(v.guaranteed_peers);
}

// ---- what was added after format 1 ----
// Frozen. `moved` and `resting` are empty: that one is there says yes.
enum class extra : std::uint8_t { members = 1, level = 2, moved = 3, resting = 4 };

void put_extra(byte_writer& out, extra tag, byte_writer&& what) {
  out.number(static_cast<std::uint8_t>(tag));
  out.text(what.bytes());
}

void put_extras(byte_writer& out, const configuration& c) {
  if (c.now.names.empty()) return;
  byte_writer what;
  what.number(c.index);
  what.number(c.version);
  what.number(c.level);
  put_voter_list(what, c.now);
  put_flag(what, c.next.has_value());
  if (c.next) put_voter_list(what, *c.next);
  put_extra(out, extra::members, std::move(what));
}

void put_extras(byte_writer& out, const message_body& body) {
  std::visit(
      [&](const auto& m) {
        if constexpr (requires { m.members; }) put_extras(out, m.members);
        if constexpr (requires { m.level; }) {
          byte_writer what;
          what.number(m.level);
          put_extra(out, extra::level, std::move(what));
        }
        if constexpr (requires { m.moved; })
          if (m.moved) put_extra(out, extra::moved, {});
        if constexpr (requires { m.resting; })
          if (m.resting) put_extra(out, extra::resting, {});
      },
      body);
}

void put_body(byte_writer& out, const message_body& body) {
  std::visit(overloaded{
                 [&](const prepare& m) {
                   out.number(m.epoch);
                   out.number(m.released);
                 },
                 [&](const promise& m) {
                   out.number(m.epoch);
                   out.point(m.accepted);
                   out.point(m.head);
                   put_position(out, m.position);
                   put_incarnations(out, m.incarnations);
                 },
                 [&](const refusal& m) {
                   out.number(m.epoch);
                   out.number(m.promised);
                   put_incarnations(out, m.incarnations);
                 },
                 [&](const release& m) {
                   out.number(m.epoch);
                   out.point(m.accepted);
                 },
                 [&](const beat& m) {
                   out.number(m.epoch);
                   out.number(m.generation);
                   out.number(m.sent_us);
                   put_flag(out, m.accepted.has_value());
                   if (m.accepted) out.number(*m.accepted);
                   put_incarnations(out, m.incarnations);
                 },
                 [&](const beat_answer& m) {
                   out.number(m.epoch);
                   put_flag(out, m.sent_us.has_value());
                   if (m.sent_us) out.number(*m.sent_us);
                   out.point(m.durable);
                   put_position(out, m.position);
                 },
                 [&](const fork_seen& m) { out.number(m.epoch); },
                 [&](const durable& m) {
                   out.number(m.epoch);
                   out.point(m.upto);
                   put_position(out, m.position);
                 },
                 [&](const fetch& m) {
                   out.number(m.id);
                   put_flag(out, m.with_tail);
                   out.number(static_cast<std::uint32_t>(m.probes.size()));
                   for (const chain_point& p : m.probes) out.point(p);
                 },
                 [&](const chunk& m) {
                   out.number(m.id);
                   out.point(m.fork);
                   out.number(static_cast<std::uint32_t>(m.entries.size()));
                   for (const entry_ptr& e : m.entries) {
                     out.number(e->epoch);
                     put_entry(out, *e);
                   }
                   out.point(m.accepted);
                   put_flag(out, m.whole);
                   put_position(out, m.position);
                 },
                 [&](const join& m) { out.number(m.round); },
                 [&](const join_answer& m) {
                   out.number(m.incarnation);
                   out.number(m.round);
                   out.number(m.promised);
                   put_flag(out, m.outside);
                   put_flag(out, m.owner);
                   out.number(m.epoch);
                   out.number(m.generation);
                   out.point(m.head);
                 },
             },
             body);
}

class body_reader {
public:
  body_reader(byte_reader& in, partition_id partition, std::uint8_t format)
      : in_(in), partition_(partition), format_(format) {}

  bool fine() const { return fine_ && in_.at_end(); }

  template <class Body>
  void take_extras(Body& m) {
    std::uint8_t seen = 0;
    while (fine_ && in_.good() && !in_.at_end()) {
      std::uint8_t tag = 0;
      std::string bytes;
      in_.number(tag);
      in_.text(bytes);
      if (tag > static_cast<std::uint8_t>(extra::resting)) continue;
      fine_ = fine_ && tag != 0 && (seen & 1 << tag) == 0;
      seen = static_cast<std::uint8_t>(seen | 1 << tag);
      byte_reader what(bytes);
      if constexpr (requires { m.members; })
        if (tag == static_cast<std::uint8_t>(extra::members)) fine_ = fine_ && take_configuration(what, m.members);
      if constexpr (requires { m.level; })
        if (tag == static_cast<std::uint8_t>(extra::level)) {
          what.number(m.level);
          fine_ = fine_ && what.at_end() && m.level >= 1;
        }
      if constexpr (requires { m.moved; }) m.moved = m.moved || tag == static_cast<std::uint8_t>(extra::moved);
      if constexpr (requires { m.resting; }) m.resting = m.resting || tag == static_cast<std::uint8_t>(extra::resting);
    }
  }

  void take(prepare& m) {
    in_.number(m.epoch);
    in_.number(m.released);
  }
  void take(promise& m) {
    in_.number(m.epoch);
    in_.point(m.accepted);
    in_.point(m.head);
    take(m.position);
    take(m.incarnations);
  }
  void take(refusal& m) {
    in_.number(m.epoch);
    in_.number(m.promised);
    take(m.incarnations);
  }
  void take(release& m) {
    in_.number(m.epoch);
    in_.point(m.accepted);
  }
  void take(beat& m) {
    in_.number(m.epoch);
    in_.number(m.generation);
    in_.number(m.sent_us);
    bool leased = false;
    if (format_ > 1) take(leased);
    if (leased) in_.number(m.accepted.emplace());
    take(m.incarnations);
  }
  void take(beat_answer& m) {
    in_.number(m.epoch);
    bool given = false;
    take(given);
    if (given) in_.number(m.sent_us.emplace());
    in_.point(m.durable);
    take(m.position);
  }
  void take(fork_seen& m) { in_.number(m.epoch); }
  void take(durable& m) {
    in_.number(m.epoch);
    in_.point(m.upto);
    take(m.position);
  }
  void take(fetch& m) {
    in_.number(m.id);
    take(m.with_tail);
    m.probes.resize(count(most_probes));
    for (chain_point& p : m.probes) in_.point(p);
  }
  void take(chunk& m) {
    in_.number(m.id);
    in_.point(m.fork);
    const std::uint32_t entries = count(record_limits::entries);
    const digest* before = &m.fork.hash;
    for (std::uint32_t i = 0; i < entries && fine_; ++i) {
      auto e = std::make_shared<entry>();
      e->partition = partition_;
      e->index = m.fork.index + 1 + i;
      e->prev_hash = *before;
      in_.number(e->epoch);
      fine_ = take_entry(in_, *e);
      m.entries.push_back(e);
      before = &m.entries.back()->hash;
    }
    in_.point(m.accepted);
    take(m.whole);
    take(m.position);
  }
  void take(join& m) { in_.number(m.round); }
  void take(join_answer& m) {
    in_.number(m.incarnation);
    in_.number(m.round);
    in_.number(m.promised);
    take(m.outside);
    take(m.owner);
    in_.number(m.epoch);
    in_.number(m.generation);
    in_.point(m.head);
  }

private:
  static bool take_voters(byte_reader& in, voters& v) {
    std::uint32_t names = 0;
    in.number(names);
    if (!in.good() || names > members_max) return false;
    v.names.resize(names);
    for (member_name& who : v.names) in.text(who);
    in.number(v.guaranteed_peers);
    return in.good() && well_formed(v);
  }
  static bool take_configuration(byte_reader& in, configuration& c) {
    std::uint8_t next = 0;
    in.number(c.index);
    in.number(c.version);
    in.number(c.level);
    if (!take_voters(in, c.now)) return false;
    in.number(next);
    if (next > 1 || (next == 1 && !take_voters(in, c.next.emplace()))) return false;
    return in.at_end() && c.level >= 1;
  }
  void take(bool& flag) {
    std::uint8_t value = 0;
    in_.number(value);
    flag = value == 1;
    fine_ = fine_ && value <= 1;
  }
  void take(stream_position& p) {
    in_.number(p.generation);
    in_.number(p.sequence);
    in_.raw(p.record);
    take(p.sealed);
  }
  std::uint32_t count(std::uint32_t most) {
    std::uint32_t n = 0;
    in_.number(n);
    fine_ = fine_ && in_.good() && n <= most;
    return fine_ ? n : 0;
  }
  void take(incarnation_map& known) {
    const std::uint32_t members = count(most_members);
    for (std::uint32_t i = 0; i < members; ++i) {
      member_name who;
      std::uint64_t incarnation = 0;
      in_.text(who);
      in_.number(incarnation);
      fine_ = fine_ && known.emplace(std::move(who), incarnation).second;
    }
  }

  byte_reader& in_;
  const partition_id partition_;
  const std::uint8_t format_;
  bool fine_ = true;
};

template <std::size_t I = 0>
bool take_body(std::size_t kind, std::uint8_t format, body_reader& in, message_body& body) {
  if constexpr (I < std::variant_size_v<message_body>) {
    if (kind != I) return take_body<I + 1>(kind, format, in, body);
    in.take(body.emplace<I>());
    if (format > 1) in.take_extras(std::get<I>(body));
    return in.fine();
  } else {
    return false;
  }
}

} // namespace

std::string encode(partition_id partition, const message& m) {
  byte_writer out;
  out.bytes().append(message_mark);
  out.number(message_format);
  out.number(partition.value);
  out.text(m.from);
  out.number(m.incarnation);
  out.number(m.addressee);
  out.number(static_cast<std::uint8_t>(m.body.index()));
  put_body(out, m.body);
  put_extras(out, m.body);
  return std::move(out.bytes());
}

result<addressed_message> decode_message(std::string_view bytes) {
  const error malformed{errc::corrupt, "malformed_message", "a message of a member is not what members write", {}};
  if (!bytes.starts_with(message_mark)) return malformed;
  byte_reader in(bytes.substr(message_mark.size()));
  addressed_message m;
  std::uint8_t format = 0, kind = 0;
  in.number(format);
  in.number(m.partition.value);
  in.text(m.what.from);
  in.number(m.what.incarnation);
  in.number(m.what.addressee);
  in.number(kind);
  if (!in.good() || format == 0) return malformed;
  if (format > message_format || kind >= std::variant_size_v<message_body>)
    return error{errc::unsupported,
                 "newer_message",
                 "a message of \"" + m.what.from + "\" was written by a newer program: format " +
                     std::to_string(format) + ", kind " + std::to_string(kind) + "; this one knows format " +
                     std::to_string(message_format),
                 {}};
  body_reader body(in, m.partition, format);
  if (!take_body(kind, format, body, m.what.body)) return malformed;
  return m;
}

} // namespace ropewalk::replication
