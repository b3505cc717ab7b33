#pragma once
// A whole request as one run of bytes, so that a fuzzer can change any part of it:
//
//   <subject> LF  (<header> ':' <value> LF)*  LF  <body>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ropewalk::tests {

// Decodes it and checks what must hold for every request; ends the process if it does not.
void check_request(const std::uint8_t* data, std::size_t size);

// The seed corpus: each verb's example and the hostile requests.
std::vector<std::string> seed_requests();

} // namespace ropewalk::tests
