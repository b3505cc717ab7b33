// bench_worker: does the phases of the benches' workflows, as a process of its own. Serves until it is killed.

#include <cstdio>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "bench/work_service.hpp"

int main(int argc, char** argv) {
  CLI::App app{"A worker on bench.work.plain and bench.work.slow"};
  std::string url = "nats://127.0.0.1:4222";
  app.add_option("--nats", url, "server to serve on")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const ropewalk::bench::work_service service{url};
    for (;;) pause();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_worker: %s\n", error.what());
    return 1;
  }
}
