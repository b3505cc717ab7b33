// The failing disk inside a program that knows nothing of it:
//
//   LD_PRELOAD=.../libropewalk_faults.so ROPEWALK_FAULTS=/tmp/plan ropewalk node ...
//
// /tmp/plan is a file of sizeof(fault_plan) bytes that the test has mapped as well (fault_plan_file), so that
// it turns faults on and off while the program runs. Without the variable nothing happens.

#include <cstdio>
#include <cstdlib>

#include "tests/storage/fault_plan_file.hpp"
#include "tests/storage/fault_vfs.hpp"

namespace {

__attribute__((constructor)) void put_in_front() {
  const char* file = std::getenv("ROPEWALK_FAULTS");
  if (!file) return;
  static ropewalk::tests::fault_plan_file plan{file, ropewalk::tests::fault_plan_file::existing};
  // Never taken down: SQLite may close files while the program's own statics go.
  new ropewalk::tests::fault_vfs{&plan.plan(), true};
}

} // namespace
