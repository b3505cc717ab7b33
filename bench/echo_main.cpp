// bench_echo: the echo service as a process of its own, as the node is one. Serves until it is killed.

#include <cstdio>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "bench/echo_service.hpp"

int main(int argc, char** argv) {
  CLI::App app{"NATS request-reply echo on bench.echo.same and bench.echo.<reply bytes>"};
  std::string url = "nats://127.0.0.1:4222";
  app.add_option("--nats", url, "server to serve on")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const ropewalk::bench::echo_service service{url};
    for (;;) pause();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_echo: %s\n", error.what());
    return 1;
  }
}
