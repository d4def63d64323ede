// poolproof replay: one schedule again, by its token.
#include <fmt/format.h>

#include <memory>

#include "props/check/processes/rerun.hpp"
#include "props/check/report.hpp"
#include "props/cli/commands.hpp"
#include "props/cli/progress.hpp"
#include "props/cli/recorded.hpp"
#include "props/cli/regressions.hpp"

namespace poolproof::cli {
namespace {

struct ReplayOptions {
  AccusedOptions accused;
  NearOption near;
  std::string token;
  bool quiet = false;
};

ExitStatus run(const ReplayOptions& options) {
  const Recorded recorded = read_recorded(options.token);
  const check::Accused accused = options.accused.accused();
  check::SearchOptions search;
  search.laws = options.accused.laws(accused);
  search.carrier = options.accused.carrier(accused);
  const check::RerunOptions rerun_options = options.near.read();

  search.schedules = rerun_options.near;
  ProgressBar bar(search, options.quiet);
  const check::Rerun rerun = check::rerun(
      accused, recorded.token, recorded.regression ? &recorded.regression->trace : nullptr, search,
      rerun_options, [&](std::uint64_t done) { return bar.show(done); },
      [&](const std::string& line) {
        bar.clear();
        fmt::print(stderr, "{}\n", line);
      });
  bar.clear();
  if (rerun.verdict == check::Verdict::unsupported) throw UsageError(rerun.detail);
  fmt::print("{}", check::terminal_report(accused, search, rerun, options.quiet));
  return status_of(rerun.verdict);
}

}  // namespace

void add_replay(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App& command =
      *app.add_subcommand("replay", "Run one schedule again, exactly, and tell its story.");
  command.add_option("token", options->token, "a token, or a file with one in it")->required();
  options->accused.add_to(command);
  options->near.add_to(command);
  command.add_flag("--quiet", options->quiet, "print the last line only");
  command.callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace poolproof::cli
