#include "storage/sealing/seal.hpp"

#include "storage/sealing/byte_fields.hpp"
#include "storage/sealing/compression.hpp"

namespace ropewalk::storage {

namespace {

constexpr std::string_view magic = "RWSEAL\x1A\n";
constexpr std::uint16_t format = 1;
constexpr std::string_view domain = "ropewalk.checkpoint.1";
constexpr std::size_t stored_bytes_max = sealed_bytes_max + (512 << 10);
constexpr std::size_t link_bytes = sizeof(std::uint64_t) + sizeof(digest);
enum class codec : std::uint8_t { none = 0, zstd = 1 };

error seal_refused(const char* type, std::string why) { return {errc::corrupt, type, std::move(why), {}}; }
error truncated() { return seal_refused("seal_truncated", "the sealed bytes end too early"); }
error malformed(std::string why) { return seal_refused("seal_corrupt", std::move(why)); }

std::string_view view(const digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }

// The blob's parts as they stand there; nothing is copied, nothing is believed yet.
struct parts {
  std::string_view key, cluster, org, entity, id, parent, phase, reason, stored, hash, mac, signed_bytes;
  std::uint8_t kind = 0, codec = 0;
  std::uint64_t version = 0, original = 0, index = 0;
  std::int64_t time = 0;
};

class parser {
public:
  explicit parser(std::string_view blob) : in_(blob), blob_(blob) {}

  result<parts> parse() {
    std::string_view mark;
    if (blob_.size() < magic.size() && magic.starts_with(blob_)) return truncated();
    if (!in_.take(magic.size(), mark) || mark != magic) return malformed("these are no sealed bytes");
    std::uint16_t written = 0;
    if (!in_.number(written)) return truncated();
    if (written != format)
      return malformed("the seal has format " + std::to_string(written) + ", this program knows " +
                       std::to_string(format));
    parts p;
    std::uint64_t stored = 0;
    text(p.key), text(p.cluster), text(p.org), number(p.kind), text(p.entity), number(p.version), text(p.id);
    text(p.parent), text(p.phase), text(p.reason), number(p.time), number(p.codec), number(p.original), number(stored);
    if (!fault_ && (p.original > sealed_bytes_max || stored > stored_bytes_max))
      return seal_refused("seal_too_large", "the seal declares more than " + std::to_string(sealed_bytes_max) + " bytes");
    bytes(stored, p.stored), number(p.index), bytes(sizeof(digest), p.hash);
    p.signed_bytes = blob_.substr(0, in_.at());
    bytes(sizeof(digest), p.mac);
    if (fault_) return *fault_;
    if (in_.left() != 0) return malformed("there are bytes behind the seal");
    return p;
  }

private:
  void text(std::string_view& out) {
    std::uint32_t size = 0;
    number(size);
    if (!fault_ && size > seal_text_bytes_max) fault_ = malformed("a text of the seal is longer than any can be");
    bytes(size, out);
  }
  template <class T>
  void number(T& out) {
    if (!fault_ && !in_.number(out)) fault_ = truncated();
  }
  void bytes(std::uint64_t count, std::string_view& out) {
    if (!fault_ && !in_.take(count, out)) fault_ = truncated();
  }

  field_reader in_;
  std::string_view blob_;
  std::optional<error> fault_;
};

std::optional<error> wrong_place(const seal_context& sealed, const seal_context& expected) {
  const auto differs = [](const char* what, const std::string& is,
                          const std::string& should_be) -> std::optional<error> {
    if (is == should_be) return std::nullopt;
    return seal_refused("seal_wrong_place",
                   std::string("it was sealed for ") + what + " \"" + is + "\" and stands at \"" + should_be + "\"");
  };
  const auto number = [](auto n) { return std::to_string(n); };
  for (auto& found :
       {differs("cluster", sealed.cluster, expected.cluster), differs("org", sealed.entity.org, expected.entity.org),
        differs("kind", number(static_cast<int>(sealed.entity.kind)), number(static_cast<int>(expected.entity.kind))),
        differs("entity", sealed.entity.id, expected.entity.id),
        differs("version", number(sealed.version), number(expected.version)), differs("id", sealed.id, expected.id),
        differs("parent", sealed.parent, expected.parent), differs("phase", sealed.phase, expected.phase),
        differs("reason", sealed.reason, expected.reason),
        differs("time", number(sealed.time.us), number(expected.time.us))})
    if (found) return found;
  return std::nullopt;
}

opened_seal contents_of(const parts& p) {
  opened_seal s;
  s.about = {std::string(p.cluster),
             {std::string(p.org), static_cast<entity_kind>(p.kind), std::string(p.entity)},
             p.version,
             std::string(p.id),
             std::string(p.parent),
             std::string(p.phase),
             std::string(p.reason),
             instant{p.time}};
  s.key = p.key;
  s.after.index = p.index;
  std::memcpy(s.after.hash.data(), p.hash.data(), p.hash.size());
  s.original_bytes = p.original;
  return s;
}

status_result check_signature(const keyring& keys, const parts& p) {
  const auto key = keys.verifying(p.key, "seal");
  if (!key) return key.error();
  const digest expected = mac{(*key)->bytes, domain}.add(p.signed_bytes).finish();
  if (same(view(expected), p.mac)) return ok();
  return seal_refused("seal_forged", "the seal's signature does not verify with the key \"" + (*key)->id + "\"");
}

result<std::string> content(const parts& p) {
  switch (static_cast<codec>(p.codec)) {
  case codec::none:
    if (p.stored.size() != p.original) return malformed("the seal's sizes differ though nothing is compressed");
    return std::string(p.stored);
  case codec::zstd:
    if (auto bytes = decompressed(p.stored, p.original)) return std::move(*bytes);
    return malformed("the seal's bytes do not decompress to the declared size");
  }
  return malformed("the seal has a codec that this program does not know");
}

result<opened_seal> open(const keyring& keys, std::string_view blob, const seal_context* expected, bool decompress) {
  const auto p = parser{blob}.parse();
  if (!p) return p.error();
  if (auto genuine = check_signature(keys, *p); !genuine) return genuine.error();
  opened_seal s = contents_of(*p);
  if (expected)
    if (auto why = wrong_place(s.about, *expected)) return std::move(*why);
  if (!decompress) return s;
  auto bytes = content(*p);
  if (!bytes) return bytes.error();
  s.bytes = std::move(*bytes);
  return s;
}

} // namespace

result<pending_seal> pending_seal::begin(const keyring& keys, seal_context about, std::string_view bytes) {
  if (bytes.size() > sealed_bytes_max)
    return error{errc::too_large,
                 "seal_too_large",
                 "a state of " + std::to_string(bytes.size()) + " bytes cannot be sealed; " +
                     std::to_string(sealed_bytes_max) + " can",
                 {}};
  for (const std::string* text :
       {&about.cluster, &about.entity.org, &about.entity.id, &about.id, &about.parent, &about.phase, &about.reason})
    if (text->size() > seal_text_bytes_max)
      return invalid("checkpoint",
                     "a text of a checkpoint's place has more than " + std::to_string(seal_text_bytes_max) + " bytes");
  const auto frame = compressed(bytes);
  const std::string_view stored = frame ? std::string_view{*frame} : bytes;
  std::string blob;
  blob.reserve(512 + stored.size());
  blob.append(magic);
  put_number(blob, format);
  put_text(blob, keys.active().id);
  put_text(blob, about.cluster);
  put_text(blob, about.entity.org);
  put_number(blob, static_cast<std::uint8_t>(about.entity.kind));
  put_text(blob, about.entity.id);
  put_number(blob, about.version);
  put_text(blob, about.id);
  put_text(blob, about.parent);
  put_text(blob, about.phase);
  put_text(blob, about.reason);
  put_number(blob, about.time.us);
  put_number(blob, static_cast<std::uint8_t>(frame ? codec::zstd : codec::none));
  put_number(blob, std::uint64_t{bytes.size()});
  put_number(blob, std::uint64_t{stored.size()});
  blob.append(stored);
  mac signing{keys.active().bytes, domain};
  signing.add(blob);
  return pending_seal{std::move(about), bytes.size(), std::move(blob), std::move(signing)};
}

std::uint64_t pending_seal::blob_bytes() const noexcept { return blob_.size() + link_bytes + sizeof(digest); }

std::string pending_seal::finish(const chain_link& after) && {
  const std::size_t before = blob_.size();
  put_number(blob_, after.index);
  blob_.append(view(after.hash));
  signing_.add(std::string_view{blob_}.substr(before));
  blob_.append(view(signing_.finish()));
  return std::move(blob_);
}

result<opened_seal> open_seal(const keyring& keys, std::string_view blob) { return open(keys, blob, nullptr, true); }

result<opened_seal> open_seal(const keyring& keys, std::string_view blob, const seal_context& expected) {
  return open(keys, blob, &expected, true);
}

result<opened_seal> verify_seal(const keyring& keys, std::string_view blob, const seal_context& expected) {
  return open(keys, blob, &expected, false);
}

} // namespace ropewalk::storage
