// The `poolproof` command: reads the command line, runs one command, and turns every mistake of the
// user's into one line on standard error and exit status 2.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "props/check/processes/addresses.hpp"
#include "props/cli/commands.hpp"

namespace {

using poolproof::cli::Command;
using poolproof::cli::ExitStatus;

int complain(std::string_view what) {
  fmt::print(stderr, "poolproof: {}\n", what);
  return static_cast<int>(ExitStatus::bad_usage);
}

int command(int argc, char** argv) {
  CLI::App app{
      "Runs a connection pool through many schedules of a simulated machine and judges each."};
  app.name("poolproof");
  app.set_version_flag("--version", POOLPROOF_VERSION);
  app.require_subcommand(0, 1);
  Command chosen;
  poolproof::cli::add_check(app, chosen);
  poolproof::cli::add_corpus(app, chosen);
  poolproof::cli::add_explore(app, chosen);
  poolproof::cli::add_model(app, chosen);
  poolproof::cli::add_mutants(app, chosen);
  poolproof::cli::add_replay(app, chosen);
  poolproof::cli::add_shrink(app, chosen);
  try {
    app.parse(argc, argv);
    if (!chosen) return complain("a command is missing; see poolproof --help");
    return static_cast<int>(chosen());
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return complain(fmt::format("{}; see poolproof --help", error.what()));
  } catch (const std::exception& error) {
    return complain(error.what());
  }
}

}  // namespace

// Leaves without static destructors: a plugin's are not ours to run.
int main(int argc, char** argv) {
  poolproof::check::fix_addresses(argv);
  const int status = command(argc, argv);
  std::fflush(nullptr);
  _exit(status);
}
