#include "storage/search_tokenizer.hpp"

#include <cstring>
#include <memory>
#include <string_view>

#include <sqlite3.h>

#include "runtime/utf8.hpp"

namespace ropewalk::storage {
namespace {

struct tokenizer {
  fts5_tokenizer inner{};
  Fts5Tokenizer* words = nullptr;
  ~tokenizer() {
    if (words) inner.xDelete(words);
  }
};

constexpr int prefix_max = 24; // 19 digits and the colon
constexpr int term_max = 256;  // longer terms (base64, hashes) are indexed by their beginning

int create(void* context, const char**, int, Fts5Tokenizer** out) {
  auto* api = static_cast<fts5_api*>(context);
  auto made = std::make_unique<tokenizer>();
  void* user_data = nullptr;
  if (const int code = api->xFindTokenizer(api, "unicode61", &user_data, &made->inner); code != SQLITE_OK) return code;
  const char* options[] = {"remove_diacritics", "2"};
  if (const int code = made->inner.xCreate(user_data, options, 2, &made->words); code != SQLITE_OK) return code;
  *out = reinterpret_cast<Fts5Tokenizer*>(made.release());
  return SQLITE_OK;
}

void destroy(Fts5Tokenizer* t) { delete reinterpret_cast<tokenizer*>(t); }

// The header's end, 0 if there is none.
int header_bytes(const char* text, int bytes) {
  if (bytes < 3 || text[0] != '\x01') return 0;
  const auto* end = static_cast<const char*>(
      std::memchr(text, '\x02', static_cast<std::size_t>(bytes < prefix_max ? bytes : prefix_max)));
  return end ? static_cast<int>(end - text) + 1 : 0;
}

// Kana, CJK ideographs and their extensions: three bytes from E3 81 to E9 BF, EF A4 to EF AB, four from F0 A0.
bool stands_alone(const char* at, const char* end) {
  const auto lead = static_cast<unsigned char>(*at);
  if (lead < 0xE3 || end - at < 3) return false;
  const auto second = static_cast<unsigned char>(at[1]);
  if (lead == 0xE3) return second >= 0x81;
  if (lead <= 0xE9) return true;
  if (lead == 0xEF) return second >= 0xA4 && second <= 0xAB;
  return lead == 0xF0 && second >= 0xA0;
}

struct emission {
  void* context;
  int (*token)(void*, int, const char*, int, int, int);
  int offset; // of the text behind the header
  int prefix_bytes;
  char buffer[prefix_max + term_max];

  int emit(int flags, const char* term, int bytes, int start, int end) {
    if (bytes > term_max) bytes = term_max;
    if (prefix_bytes == 0) return token(context, flags, term, bytes, start + offset, end + offset);
    std::memcpy(buffer + prefix_bytes, term, static_cast<std::size_t>(bytes));
    return token(context, flags, buffer, prefix_bytes + bytes, start + offset, end + offset);
  }

  // Folding left the length alone, so a character's place in the term is its place in the text.
  int emit_parts(int flags, const char* term, int bytes, int start) {
    const char* const end = term + bytes;
    for (const char* at = term; at < end;) {
      const char* next = at;
      if (stands_alone(at, end)) {
        const auto width = utf8_character_bytes(at, end);
        next = width == 0 ? end : at + width;
      } else {
        while (next < end && !stands_alone(next, end)) ++next;
      }
      const int from = start + static_cast<int>(at - term);
      const int code = emit(flags, at, static_cast<int>(next - at), from, from + static_cast<int>(next - at));
      if (code != SQLITE_OK) return code;
      at = next;
    }
    return SQLITE_OK;
  }
};

bool has_standalone(const char* term, int bytes) {
  for (const char *at = term, *end = term + bytes; at < end; ++at)
    if (static_cast<unsigned char>(*at) >= 0xE3 && stands_alone(at, end)) return true;
  return false;
}

int on_word(void* context, int flags, const char* term, int bytes, int start, int end) {
  auto* out = static_cast<emission*>(context);
  if (end - start == bytes && has_standalone(term, bytes)) return out->emit_parts(flags, term, bytes, start);
  return out->emit(flags, term, bytes, start, end);
}

int tokenize(Fts5Tokenizer* t, void* context, int flags, const char* text, int bytes,
             int (*token)(void*, int, const char*, int, int, int)) {
  auto* self = reinterpret_cast<tokenizer*>(t);
  emission out;
  out.context = context;
  out.token = token;
  out.offset = header_bytes(text, bytes);
  out.prefix_bytes = 0;
  if (out.offset > 0) { // "\x01" "17" "\x02" becomes "17:"
    out.prefix_bytes = out.offset - 1;
    std::memcpy(out.buffer, text + 1, static_cast<std::size_t>(out.prefix_bytes - 1));
    out.buffer[out.prefix_bytes - 1] = ':';
  }
  return self->inner.xTokenize(self->words, &out, flags, text + out.offset, bytes - out.offset, on_word);
}

} // namespace

int register_tokenizer(fts5_api* api) {
  fts5_tokenizer functions{create, destroy, tokenize};
  return api->xCreateTokenizer(api, "ropewalk", api, &functions, nullptr);
}

} // namespace ropewalk::storage
