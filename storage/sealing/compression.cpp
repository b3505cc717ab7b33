#include "storage/sealing/compression.hpp"

#include <memory>

#include <zstd.h>

namespace ropewalk::storage {

namespace {

constexpr int level = 1;                 // 3 saves a tenth of the bytes and takes twice the time
constexpr std::size_t worth_a_try = 128; // below it a frame's header eats what it saves

struct free_compressor {
  void operator()(ZSTD_CCtx* c) const noexcept { ZSTD_freeCCtx(c); }
};
struct free_decompressor {
  void operator()(ZSTD_DCtx* d) const noexcept { ZSTD_freeDCtx(d); }
};

} // namespace

std::optional<std::string> compressed(std::string_view bytes) {
  if (bytes.size() < worth_a_try) return std::nullopt;
  // A context is larger than most states, so each thread keeps one.
  thread_local std::unique_ptr<ZSTD_CCtx, free_compressor> context{ZSTD_createCCtx()};
  const std::size_t most = bytes.size() - 1;                       // a frame that does not fit is not worth having
  const auto frame = std::make_unique_for_overwrite<char[]>(most); // of a large one only what is used becomes memory
  const std::size_t size = ZSTD_compressCCtx(context.get(), frame.get(), most, bytes.data(), bytes.size(), level);
  if (ZSTD_isError(size)) return std::nullopt;
  return std::string(frame.get(), size);
}

std::optional<std::string> decompressed(std::string_view frame, std::size_t size) {
  if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != size) return std::nullopt;
  thread_local std::unique_ptr<ZSTD_DCtx, free_decompressor> context{ZSTD_createDCtx()};
  std::string bytes(size, '\0');
  if (ZSTD_decompressDCtx(context.get(), bytes.data(), size, frame.data(), frame.size()) != size) return std::nullopt;
  return bytes;
}

} // namespace ropewalk::storage
