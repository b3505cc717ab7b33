#include "storage/search_score.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include <sqlite3.h>

namespace ropewalk::storage {
namespace {

// What stays the same over the rows of one query.
struct weights {
  std::vector<double> idf; // by phrase; 0 = does not rank
  std::vector<double> frequency;
};

int count_row(const Fts5ExtensionApi*, Fts5Context*, void* count) {
  ++*static_cast<std::int64_t*>(count);
  return SQLITE_OK;
}

int weights_of(const Fts5ExtensionApi* api, Fts5Context* fts, double rows, int first_phrase, weights** out) {
  *out = static_cast<weights*>(api->xGetAuxdata(fts, 0));
  if (*out) return SQLITE_OK;
  auto made = std::make_unique<weights>();
  const int phrases = api->xPhraseCount(fts);
  made->idf.assign(static_cast<std::size_t>(phrases), 0);
  made->frequency.assign(static_cast<std::size_t>(phrases), 0);
  for (int p = first_phrase; p < phrases; ++p) {
    std::int64_t hits = 0;
    if (const int code = api->xQueryPhrase(fts, p, &hits, count_row); code != SQLITE_OK) return code;
    const double found = static_cast<double>(hits);
    // A phrase that is in more than half of all rows still counts a little.
    made->idf[static_cast<std::size_t>(p)] =
        std::max(1e-6, std::log((std::max(rows, found) - found + 0.5) / (found + 0.5)));
  }
  *out = made.release();
  return api->xSetAuxdata(fts, *out, [](void* w) { delete static_cast<weights*>(w); });
}

void score(const Fts5ExtensionApi* api, Fts5Context* fts, sqlite3_context* context, int count, sqlite3_value** values) {
  constexpr double k1 = 1.2, b = 0.75;
  if (count != 4)
    return sqlite3_result_error(context, "search_score: index, rows, mean_bytes, bytes, first_phrase", -1);
  const double rows = sqlite3_value_double(values[0]);
  const double mean = std::max(1.0, sqlite3_value_double(values[1]));
  const double bytes = sqlite3_value_double(values[2]);
  weights* w = nullptr;
  int code = weights_of(api, fts, rows, sqlite3_value_int(values[3]), &w);
  int instances = 0;
  if (code == SQLITE_OK) code = api->xInstCount(fts, &instances);
  if (code == SQLITE_OK) std::fill(w->frequency.begin(), w->frequency.end(), 0);
  for (int i = 0; code == SQLITE_OK && i < instances; ++i) {
    int phrase = 0, column = 0, offset = 0;
    code = api->xInst(fts, i, &phrase, &column, &offset);
    if (code == SQLITE_OK) w->frequency[static_cast<std::size_t>(phrase)] += 1;
  }
  if (code != SQLITE_OK) return sqlite3_result_error_code(context, code);
  double sum = 0;
  for (std::size_t p = 0; p < w->idf.size(); ++p) {
    const double f = w->frequency[p];
    sum += w->idf[p] * f * (k1 + 1) / (f + k1 * (1 - b + b * bytes / mean));
  }
  sqlite3_result_double(context, sum);
}

} // namespace

int register_score(fts5_api* api) { return api->xCreateFunction(api, "search_score", nullptr, score, nullptr); }

} // namespace ropewalk::storage
