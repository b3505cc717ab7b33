#pragma once
// A fault_plan in a file that two processes map: the test that turns faults on, and the node that has them.
//
//   fault_plan_file faults{directory / "plan", fault_plan_file::fresh};
//   ... start the node with LD_PRELOAD and ROPEWALK_FAULTS, see fault_vfs_preload.cpp ...
//   faults.plan().fill_disk();

#include <cstdlib>
#include <filesystem>
#include <new>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/storage/fault_vfs.hpp"

namespace ropewalk::tests {

class fault_plan_file {
public:
  enum how { fresh, existing };

  fault_plan_file(const std::filesystem::path& file, how h) {
    const int f = open(file.c_str(), O_RDWR | O_CLOEXEC | (h == fresh ? O_CREAT | O_TRUNC : 0), 0600);
    if (f < 0 || (h == fresh && ftruncate(f, sizeof(fault_plan)) != 0)) std::abort();
    void* memory = mmap(nullptr, sizeof(fault_plan), PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    if (memory == MAP_FAILED) std::abort();
    close(f);
    plan_ = h == fresh ? new (memory) fault_plan : static_cast<fault_plan*>(memory);
  }
  ~fault_plan_file() { munmap(plan_, sizeof(fault_plan)); }
  fault_plan_file(const fault_plan_file&) = delete;
  fault_plan_file& operator=(const fault_plan_file&) = delete;

  fault_plan& plan() noexcept { return *plan_; }

private:
  fault_plan* plan_;
};

} // namespace ropewalk::tests
