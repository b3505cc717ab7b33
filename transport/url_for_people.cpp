#include "transport/url_for_people.hpp"

#include <algorithm>

namespace ropewalk::transport {

std::string url_for_people(std::string_view url) {
  std::string out;
  while (!url.empty()) {
    const std::size_t end = std::min(url.find(','), url.size());
    const std::string_view one = url.substr(0, end);
    const std::size_t scheme = one.find("://");
    const std::size_t from = scheme == std::string_view::npos ? 0 : scheme + 3;
    const std::size_t at = one.rfind('@');
    if (at == std::string_view::npos || at < from) out += one;
    else {
      const std::size_t colon = one.find(':', from);
      out += one.substr(0, from);
      // A credential without a colon is a token, all of it secret.
      out += colon < at ? std::string(one.substr(from, colon - from)) + ":***" : std::string("***");
      out += one.substr(at);
    }
    url.remove_prefix(std::min(end + 1, url.size()));
    if (!url.empty()) out += ',';
  }
  return out;
}

} // namespace ropewalk::transport
