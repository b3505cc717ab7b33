#include "actors/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "runtime/json_writer.hpp"
#include "runtime/utf8.hpp"

namespace ropewalk::actors {
namespace {

bool as_json = false;
std::string node_name;

spdlog::level::level_enum to_spdlog(log_level l) {
  switch (l) {
  case log_level::trace: return spdlog::level::trace;
  case log_level::debug: return spdlog::level::debug;
  case log_level::info: return spdlog::level::info;
  case log_level::warn: return spdlog::level::warn;
  case log_level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view level_name(log_level l) {
  constexpr std::string_view names[] = {"trace", "debug", "info", "warn", "error"};
  return names[static_cast<int>(l)];
}

// Ids come from outside: whatever is in them, a line stays one line of valid text.
std::string safe(std::string_view text) { return is_utf8(text) ? std::string(text) : std::string("(not UTF-8)"); }

} // namespace

result<log_level> parse_log_level(std::string_view text) {
  for (const auto l : {log_level::trace, log_level::debug, log_level::info, log_level::warn, log_level::error})
    if (level_name(l) == text) return l;
  return invalid("log_level", "log_level must be one of trace, debug, info, warn, error");
}

void set_up_log(log_level least, bool json, const std::string& node) {
  as_json = json;
  node_name = node;
  auto logger = std::make_shared<spdlog::logger>("ropewalk", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(to_spdlog(least));
  logger->set_pattern(json ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %-5l %v");
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

void log_line(log_level level, std::string_view what, std::initializer_list<log_field> fields) {
  if (!spdlog::default_logger()->should_log(to_spdlog(level))) return;
  if (as_json) {
    json_writer out;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    out.begin_object()
        .field("time", instant{std::chrono::duration_cast<std::chrono::microseconds>(now).count()})
        .field("level", level_name(level))
        .field("node", node_name)
        .field("message", what);
    for (const auto& [key, value] : fields) out.field(key, safe(value));
    out.end_object();
    spdlog::log(to_spdlog(level), "{}", out.text());
    return;
  }
  std::string line(what);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    append_json_string(line, safe(value));
  }
  spdlog::log(to_spdlog(level), "{}", line);
}

} // namespace ropewalk::actors
