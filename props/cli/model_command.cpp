// poolproof model: every reachable state of the specification.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "model/liveness.hpp"
#include "model/reach.hpp"
#include "props/cli/commands.hpp"

namespace poolproof::cli {
namespace {

constexpr int kMostModelCallers = 6;

struct ModelOptions {
  PoolOptionTexts pool;
  std::string callers = "3", states = "1000000", profile = "strict", laws = "all";
};

model::Profile read_profile(const std::string& text) {
  for (const auto profile : {model::Profile::strict, model::Profile::sqlalchemy}) {
    if (text == model::name(profile)) return profile;
  }
  throw UsageError(fmt::format("--profile takes strict or sqlalchemy, not '{}'", text));
}

std::set<model::LawId> all_laws() {
  std::set<model::LawId> laws;
  for (const model::Law& law : model::model_laws()) laws.insert(law.id);
  laws.insert(model::LawId::stuck);
  return laws;
}

// Each move, and under it what the pool answers; then the state that this leads to.
void tell(const model::PoolConfig& config, const std::vector<model::Move>& path,
          model::State& state) {
  for (const model::Move& move : path) {
    fmt::print("  {}\n", model::to_string(move));
    model::Step step = model::step(config, state, move.event, move.failures);
    for (const model::Answer& answer : step.answers) {
      fmt::print("    {}\n", model::to_string(answer));
    }
    state = std::move(step.after);
  }
  fmt::print("  {}\n", model::to_string(state));
}

void tell(const model::PoolConfig& config, const model::Lasso& lasso) {
  model::State state = model::initial(config);
  tell(config, lasso.path, state);
  if (lasso.cycle.empty()) {
    fmt::print("  and nothing more needs to happen: {} waits for ever\n",
               model::to_string(lasso.starved));
    return;
  }
  fmt::print("  and from there again and again, while {} waits:\n",
             model::to_string(lasso.starved));
  tell(config, lasso.cycle, state);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// STUCK is of whole histories, not of single steps.
ExitStatus judge_liveness(const model::Scope& scope) {
  const auto begin = std::chrono::steady_clock::now();
  const model::Lively found = model::lively(scope);
  const double seconds = seconds_since(begin);
  const std::string counts = fmt::format(
      "{} states in which one caller acquires, by who is who, {} transitions, {:.1f} s, {:.0f} "
      "states/s",
      found.states, found.transitions, seconds,
      static_cast<double>(found.states) / std::max(seconds, 1e-9));
  if (found.lasso) {
    tell(scope.config, *found.lasso);
    fmt::print("STUCK: {}\n", model::sentence(model::LawId::stuck));
    fmt::print("broken: STUCK after {} events{}; {}\n", found.lasso->path.size(),
               found.lasso->cycle.empty()
                   ? ""
                   : fmt::format(", by {} that repeat", found.lasso->cycle.size()),
               counts);
    return ExitStatus::broken;
  }
  if (!found.complete) {
    fmt::print(
        "incomplete: too many states to tell whether every acquire ends; leave STUCK out "
        "of --laws, or take fewer --callers\n");
    return ExitStatus::undecided;
  }
  fmt::print(
      "every acquire ends if servers answer, leases return, threads run and time passes: {}\n",
      counts);
  return ExitStatus::held;
}

ExitStatus run(const ModelOptions& options) {
  model::Scope scope;
  scope.config = scenario::fixed_in(options.pool.read(), {});
  scope.config.profile = read_profile(options.profile);
  if (const auto wrong = model::problem(scope.config)) throw UsageError(*wrong);
  scope.laws = options.laws == "all" ? all_laws() : read_laws(options.laws, all_laws());
  scope.callers = static_cast<int>(read_number("--callers", options.callers, 1, kMostModelCallers));
  scope.most_states = static_cast<std::size_t>(
      read_number("--states", options.states, 1, std::numeric_limits<std::int64_t>::max()));

  const auto begin = std::chrono::steady_clock::now();
  const model::Reached reached = model::reach(scope);
  const double seconds = seconds_since(begin);
  fmt::print("{}: {}, {} callers\n", model::name(scope.config.profile),
             model::to_string(scope.config), scope.callers);
  const std::string counts = fmt::format("{} states, {} transitions, depth {}", reached.states,
                                         reached.transitions, reached.depth);
  if (reached.violation) {
    model::State state = model::initial(scope.config);
    tell(scope.config, reached.violation->path, state);
    fmt::print("{}: {}\n", model::id(reached.violation->law),
               model::sentence(reached.violation->law));
    fmt::print("broken: {} after {} events; {}\n", model::id(reached.violation->law),
               reached.violation->path.size(), counts);
    return ExitStatus::broken;
  }
  if (!reached.complete) {
    fmt::print("incomplete: {}, no law broken so far; allow more with --states\n", counts);
    return ExitStatus::undecided;
  }
  fmt::print("{:.1f} s, {:.0f} states/s\n", seconds,
             static_cast<double>(reached.states) / std::max(seconds, 1e-9));
  if (scope.laws.contains(model::LawId::stuck)) {
    const ExitStatus lively = judge_liveness(scope);
    if (lively != ExitStatus::held) return lively;
  }
  fmt::print("complete: {}; held: {}\n", counts, fmt::join(ids(scope.laws), " "));
  return ExitStatus::held;
}

}  // namespace

void add_model(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<ModelOptions>();
  CLI::App& command = *app.add_subcommand(
      "model",
      "Walk every state that the specification can reach, and judge each step; then whether every\n"
      "acquire ends on every path, however unlucky, on which others do their part (STUCK).");
  options->pool.add_to(command);
  command
      .add_option("--profile", options->profile,
                  "strict, or sqlalchemy: QueuePool as it is, lost wake-ups included")
      ->capture_default_str();
  command.add_option("--laws", options->laws, "all, or a list such as CAP,DUP")
      ->capture_default_str();
  command
      .add_option("--callers", options->callers, "who use the pool, each with one loan at a time")
      ->capture_default_str();
  command.add_option("--states", options->states, "give up after as many")->capture_default_str();
  command.callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace poolproof::cli
