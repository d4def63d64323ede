// poolproof shrink: the run of a token made smaller.
#include <fmt/format.h>

#include <memory>

#include "props/check/corpus.hpp"
#include "props/check/processes/rerun.hpp"
#include "props/check/report.hpp"
#include "props/check/story_text.hpp"
#include "props/cli/commands.hpp"
#include "props/cli/progress.hpp"
#include "props/cli/recorded.hpp"

namespace poolproof::cli {
namespace {

struct ShrinkOptions {
  AccusedOptions accused;
  std::string token;
  bool in_place = false;
  bool quiet = false;
};

void update(const std::string& file, check::Regression regression, const check::Finding& finding) {
  regression.token = finding.token;
  regression.evidence = finding.violations.front().evidence;
  regression.story = check::to_text(finding.story);
  regression.order = finding.order;
  regression.trace = finding.token.run ? finding.trace : check::Trace{};
  check::write_whole(file, check::to_text(regression));
}

ExitStatus run(const ShrinkOptions& options) {
  Recorded recorded = read_recorded(options.token);
  if (options.in_place && !recorded.regression) {
    throw UsageError(fmt::format("--in-place: {} is no file of a regression", options.token));
  }
  const check::Accused accused = options.accused.accused();
  check::SearchOptions search;
  search.laws = options.accused.laws(accused);
  search.carrier = options.accused.carrier(accused);
  std::optional<model::LawId> law;
  if (recorded.regression) law = recorded.regression->law;

  ProgressBar bar(search, options.quiet);
  const auto finding =
      check::shrunk(accused, recorded.token, law, search,
                    [&](std::uint64_t tried) { return bar.show_shrinking(tried); });
  bar.clear();
  if (!finding) {
    fmt::print("held: {} is not broken by this token; poolproof replay says how the run goes now\n",
               law ? model::id(*law) : "a law");
    return ExitStatus::held;
  }
  const std::size_t before = explore::to_text(recorded.token).size();
  const std::size_t after = explore::to_text(finding->token).size();
  if (options.in_place) update(options.token, *std::move(recorded.regression), *finding);
  const check::Rerun told{.verdict = check::Verdict::broken, .replay = {}, .finding = *finding};
  if (!options.quiet) {
    fmt::print("{} choices and {} characters, before {} and {}\n", finding->token.tape.deviations(),
               after, recorded.token.tape.deviations(), before);
  }
  fmt::print("{}", check::terminal_report(accused, search, told, options.quiet));
  return ExitStatus::broken;
}

}  // namespace

void add_shrink(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<ShrinkOptions>();
  CLI::App& command = *app.add_subcommand(
      "shrink", "Make the run of a token smaller while it breaks the same law.");
  command.add_option("token", options->token, "a token, or a file with one in it")->required();
  options->accused.add_to(command);
  command.add_flag("--in-place", options->in_place, "put the smaller one into the file");
  command.add_flag("--quiet", options->quiet, "print the last line only");
  command.callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace poolproof::cli
