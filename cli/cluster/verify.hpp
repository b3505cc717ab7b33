#pragma once
// ropewalk verify --cluster

#include <string>

#include "cli/confirmation.hpp"
#include "cli/session.hpp"

namespace ropewalk::cli {

struct cluster_verify_options {
  bool quick = false;
  std::string repair; // a member; "" = nobody
  confirmation confirm;
};
result<exit_code> run_cluster_verify(session& s, const cluster_verify_options& o);

} // namespace ropewalk::cli
