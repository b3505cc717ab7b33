#pragma once
// The ranking search_score(index, rows, mean_bytes, bytes, first_phrase): Okapi BM25 with the usual k1 = 1.2 and b = 0.75
// (Robertson, Zaragoza: The Probabilistic Relevance Framework), higher is better.
//
// FTS5's own bm25() counts rows and lengths over the whole index, so one org's scores would tell about
// others (I12), and needs a table of lengths. Here both come from the caller: the org's rows, their mean size
// in bytes, and this row's size. Phrases before first_phrase select and do not rank.

struct fts5_api;

namespace ropewalk::storage {

int register_score(fts5_api* api); // an SQLite code

} // namespace ropewalk::storage
