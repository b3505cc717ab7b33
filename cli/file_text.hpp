#pragma once
// Files read whole and files that appear whole.

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk::cli {

// "-" is standard input. Errors: not_found, too_large beyond max_bytes, unavailable.
result<std::string> read_whole(const std::string& path, std::size_t max_bytes);

// A file that stands under its name only when it is complete: written beside it, synced, then renamed. What
// was not kept is gone with the object.
//
//   auto file = whole_file::create("thread.jsonl");
//   file->write(text);
//   auto done = file->keep();
class whole_file {
public:
  // The process's umask is taken off the mode.
  static result<whole_file> create(const std::filesystem::path& path, unsigned mode = 0666);
  whole_file(whole_file&& other) noexcept;
  whole_file& operator=(whole_file&&) = delete;
  ~whole_file();

  status_result write(std::string_view text);
  status_result keep();

private:
  whole_file(std::FILE* file, std::filesystem::path path, std::filesystem::path beside);
  std::FILE* file_;
  std::filesystem::path path_, beside_;
};

} // namespace ropewalk::cli
