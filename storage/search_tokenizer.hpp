#pragma once
// The FTS5 tokenizer `ropewalk`: see search_text.hpp.

struct fts5_api;

namespace ropewalk::storage {

int register_tokenizer(fts5_api* api); // an SQLite code

} // namespace ropewalk::storage
