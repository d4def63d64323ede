// poolproof replay: one schedule again, by its token.
#include <fmt/format.h>

#include <fstream>
#include <memory>

#include "props/check/processes/retrial.hpp"
#include "props/check/report.hpp"
#include "props/cli/commands.hpp"

namespace poolproof::cli {
namespace {

struct ReplayOptions {
  AccusedOptions accused;
  std::string token;
  bool quiet = false;
};

// The first word of the file that looks like a token.
std::string token_in(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) {
    throw UsageError(fmt::format(
        "'{}' is neither a token (they begin with pp1:) nor a file that can be read", file));
  }
  for (std::string word; stream >> word;) {
    const std::size_t begin = word.find(explore::kTokenPrefix);
    if (begin != std::string::npos)
      return word.substr(begin, word.find_first_of("\",", begin) - begin);
  }
  throw UsageError(fmt::format("{}: holds no token (they begin with pp1:)", file));
}

ExitStatus run(const ReplayOptions& options) {
  const bool is_token = options.token.starts_with(explore::kTokenPrefix);
  auto parsed = explore::parse_token(is_token ? options.token : token_in(options.token));
  if (const auto* const why = std::get_if<std::string>(&parsed)) throw UsageError(*why);
  const auto& token = std::get<explore::Token>(parsed);
  const check::Accused accused = options.accused.accused();

  check::SearchOptions search;
  search.laws = options.accused.laws(accused);
  search.carrier = options.accused.carrier(accused);
  const check::ReplayResult result = check::replay_in_child(accused, token, search);
  if (!result.unsupported.empty()) throw UsageError(result.unsupported);
  fmt::print("{}", check::terminal_report(accused, search, token, result, options.quiet));
  return result.violations.empty() ? ExitStatus::held : ExitStatus::broken;
}

}  // namespace

void add_replay(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App& command =
      *app.add_subcommand("replay", "Run one schedule again, exactly, and tell its story.");
  command.add_option("token", options->token, "a token, or a file with one in it")->required();
  options->accused.add_to(command);
  command.add_flag("--quiet", options->quiet, "print the last line only");
  command.callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace poolproof::cli
