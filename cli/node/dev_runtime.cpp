#include "cli/node/dev_runtime.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>

#include <unistd.h>

#include "cli/file_text.hpp"
#include "cli/user_directories.hpp"
#include "runtime/json_text.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

std::filesystem::path runtime_file() { return state_directory() / "dev.json"; }

bool alive(int pid) { return kill(pid, 0) == 0 || errno == EPERM; }

} // namespace

std::optional<dev_runtime> read_dev_runtime() {
  const auto text = read_whole(runtime_file().string(), 4096);
  if (!text) return std::nullopt;
  const auto doc = json_document::parse(*text, {});
  if (!doc) return std::nullopt;
  const auto url = doc->root().find("url");
  const auto pid = doc->root().find("pid");
  if (!url || !url->is(json_type::string) || !pid || !pid->is(json_type::number)) return std::nullopt;
  dev_runtime r{url->string(), static_cast<int>(pid->integer().value_or(0))};
  if (r.pid <= 0 || !alive(r.pid)) return std::nullopt;
  return r;
}

status_result write_dev_runtime(const dev_runtime& r) {
  std::error_code ignored; // creating the file tells what is wrong
  std::filesystem::create_directories(runtime_file().parent_path(), ignored);
  auto file = whole_file::create(runtime_file(), 0600);
  if (!file) return file.error();
  json_writer w;
  w.begin_object().field("url", r.url).field("pid", r.pid).end_object();
  if (auto written = file->write(w.text() + '\n'); !written) return written;
  return file->keep();
}

void remove_dev_runtime(int pid) {
  if (const auto r = read_dev_runtime(); r && r->pid == pid) unlink(runtime_file().c_str());
}

} // namespace ropewalk::cli
