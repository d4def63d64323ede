// Classes of schedules per second that an exploration sees, on one core: of a program of one mutex
// and one condition variable, and of our pool with the real libpq, each run judged by every oracle
// and, with /refined, step by step against the model. Each iteration explores all there is.
//
//   explore_bench --benchmark_repetitions=5 --benchmark_report_aggregates_only
//
// Goals: classes/s at least 100,000 of the bare pool, 20,000 of ours. They are per second of
// processor time, so that what else the machine does matters little.
#include <benchmark/benchmark.h>

#include <variant>

#include "props/check/pool_program.hpp"
#include "props/check/processes/loading.hpp"
#include "props/check/processes/shared.hpp"
#include "props/check/refinement.hpp"
#include "props/explore/dpor/dpor_fixture.hpp"

namespace {

using namespace poolproof;
using namespace std::chrono_literals;
using explore::dpor::Budget;
using explore::dpor::Dpor;
using explore::dpor::Execution;
using explore::dpor::TaskOrder;

struct Tally {
  std::uint64_t classes = 0;
  std::uint64_t redundant = 0;
  std::uint64_t events = 0;

  void show(benchmark::State& state) const {
    const auto all = static_cast<double>(classes);
    const auto rounds = static_cast<double>(state.iterations());
    state.counters["classes/s"] = benchmark::Counter(all, benchmark::Counter::kIsRate);
    state.counters["classes"] = all / rounds;
    state.counters["cut short"] = static_cast<double>(redundant) / rounds;
    state.counters["events"] = static_cast<double>(events) / all;
  }
};

// ---- a mutex and a condition variable ----

// Arguments: callers, loans each, capacity.
void bare_pool(benchmark::State& state) {
  auto program =
      explore::dpor::bare_pool(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)),
                               static_cast<int>(state.range(2)));
  Tally tally;
  for ([[maybe_unused]] auto _ : state) {
    Dpor dpor(program, {}, TaskOrder::first_come);
    dpor.explore([&](const Execution& execution) {
      benchmark::DoNotOptimize(execution.fingerprint());
      ++tally.classes;
      tally.events += execution.size();
      return true;
    });
    tally.redundant += dpor.progress().redundant;
  }
  tally.show(state);
}
BENCHMARK(bare_pool)
    ->ArgNames({"callers", "loans", "capacity"})
    ->Args({2, 3, 1})
    ->Args({3, 2, 1})
    ->Args({3, 2, 2})
    ->Unit(benchmark::kMillisecond);

// ---- our pool ----

struct Scenario {
  scenario::Bounds bounds;
  scenario::Plan plan{};
  Budget budget{};
};

Scenario callers(int callers, int ops, int pool_size, int max_overflow) {
  Scenario scenario;
  scenario.bounds.callers = callers;
  scenario.bounds.ops = ops;
  scenario.bounds.pool_size = pool_size;
  scenario.bounds.max_overflow = max_overflow;
  scenario.bounds.timeout = scenario::Limit{};
  scenario.bounds.recycle = scenario::Limit{};
  scenario.bounds.pre_ping = false;
  scenario.bounds.faults.reset();
  scenario.plan.think = {};
  return scenario;
}

Scenario three_callers() { return callers(3, 1, 1, 1); }

Scenario failed_connect() {
  Scenario scenario = callers(2, 2, 1, 1);
  const auto refused = static_cast<std::uint8_t>(world::FaultKind::connect_refused);
  scenario.bounds.faults.set(refused);
  scenario.budget.allow(world::Rarity{refused}, 1);
  return scenario;
}

Scenario timeouts_that_tie() {
  Scenario scenario = callers(2, 2, 1, 0);
  scenario.bounds.timeout = scenario::Limit{10ms};
  scenario.plan.hold = 10ms;
  return scenario;
}

Scenario close() {
  Scenario scenario = callers(3, 1, 1, 1);
  scenario.plan.chore = scenario::Chore::close;
  return scenario;
}

// Compiled so that it tells of its atomics, as `explore` has it.
const check::Accused& accused() {
  static const auto loaded = check::load_guarded(POOLPROOF_BUILD "/instrumented/ours.so");
  return std::get<check::Accused>(loaded);
}

// The argument: whether it is refined.
void our_pool(benchmark::State& state, const Scenario& scenario) {
  const bool refines = state.range(0) != 0;
  check::Runner runner(accused(), {.bounds = scenario.bounds});
  runner.observe_waits(refines);
  const check::Shared<check::Slate> slate;
  check::PoolProgram program(runner, scenario.bounds, scenario.plan, *slate);
  check::Refinement refinement;
  Tally tally;
  for ([[maybe_unused]] auto _ : state) {
    Dpor dpor(program, scenario.budget, TaskOrder::first_come);
    dpor.explore([&](const Execution& execution) {
      benchmark::DoNotOptimize(execution.fingerprint());
      ++tally.classes;
      tally.events += execution.size();
      const check::RunResult& run = program.last();
      const bool is_explained =
          !refines || !refinement.judge(run.scenario, run.observations).has_value();
      if (run.violations.empty() && is_explained) return true;
      state.SkipWithError("a law was broken");
      return false;
    });
    if (dpor.diverged()) state.SkipWithError("it went another way");
    tally.redundant += dpor.progress().redundant;
  }
  tally.show(state);
}

#define OF_OUR_POOL(name, scenario)           \
  BENCHMARK_CAPTURE(our_pool, name, scenario) \
      ->ArgName("refined")                    \
      ->Arg(0)                                \
      ->Arg(1)                                \
      ->Unit(benchmark::kMillisecond)

OF_OUR_POOL(3x1_1_1, three_callers());
OF_OUR_POOL(2x2_1_1_failed_connect, failed_connect());
OF_OUR_POOL(2x2_1_0_timeouts_that_tie, timeouts_that_tie());
OF_OUR_POOL(2x1_1_1_close, close());

}  // namespace

BENCHMARK_MAIN();
