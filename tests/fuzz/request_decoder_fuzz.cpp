// libFuzzer's way in: `cmake --preset asan`, then docs/HACKING.md.

#include "tests/fuzz/fuzz_request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ropewalk::tests::check_request(data, size);
  return 0;
}
