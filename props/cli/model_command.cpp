// poolproof model: every reachable state of the specification.
#include <fmt/format.h>

#include <memory>

#include "model/reach.hpp"
#include "props/cli/commands.hpp"

namespace poolproof::cli {
namespace {

constexpr int kMostModelCallers = 6;

struct ModelOptions {
  PoolOptionTexts pool;
  std::string callers = "3", states = "2000000";
};

std::string laws_text() {
  std::string text;
  for (const model::Law& law : model::model_laws()) text += fmt::format(" {}", model::id(law.id));
  return text;
}

ExitStatus run(const ModelOptions& options) {
  model::Scope scope;
  scope.config = scenario::fixed_in(options.pool.read(), {});
  if (const auto wrong = model::problem(scope.config)) throw UsageError(*wrong);
  scope.callers = static_cast<int>(read_number("--callers", options.callers, 1, kMostModelCallers));
  scope.most_states = static_cast<std::size_t>(
      read_number("--states", options.states, 1, std::numeric_limits<std::int64_t>::max()));

  const model::Reached reached = model::reach(scope);
  fmt::print("strict: {}, {} callers\n", model::to_string(scope.config), scope.callers);
  const std::string counts = fmt::format("{} states, {} transitions, depth {}", reached.states,
                                         reached.transitions, reached.depth);
  if (reached.violation) {
    for (const model::Event& event : reached.violation->path) {
      fmt::print("  {}\n", model::to_string(event));
    }
    fmt::print("broken: {} after {} events; {}\n", model::id(reached.violation->law),
               reached.violation->path.size(), counts);
    return ExitStatus::broken;
  }
  if (!reached.complete) {
    fmt::print("incomplete: {}, no law broken so far; allow more with --states\n", counts);
    return ExitStatus::undecided;
  }
  fmt::print("complete: {}; held:{}\n", counts, laws_text());
  return ExitStatus::held;
}

}  // namespace

void add_model(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<ModelOptions>();
  CLI::App& command = *app.add_subcommand(
      "model", "Walk every state that the specification can reach, and judge each step.");
  options->pool.add_to(command);
  command
      .add_option("--callers", options->callers, "who use the pool, each with one loan at a time")
      ->capture_default_str();
  command.add_option("--states", options->states, "give up after as many")->capture_default_str();
  command.callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace poolproof::cli
