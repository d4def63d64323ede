// Schedules per second: our pool, the real libpq and the simulated server, judged by every oracle;
// 4 callers that each take 3 loans and query once in each, faults possible in none. One core.
#include <benchmark/benchmark.h>

#include "props/check/run.hpp"
#include "props/explore/random_walk.hpp"
#include "props/explore/tape.hpp"

namespace {

using namespace poolproof;

scenario::Scenario acquire_query_release(int pool_size, int max_overflow) {
  scenario::Scenario scenario;
  scenario.pool.pool_size = pool_size;
  scenario.pool.max_overflow = max_overflow;
  scenario.callers.assign(4, std::vector<scenario::Loan>(3));
  return scenario;
}

// Arguments: pool_size, max_overflow. With overflow, connections are closed and opened again.
void schedules(benchmark::State& state, world::CarrierKind carrier) {
  check::Runner runner(check::ours(), {.carrier = carrier});
  const auto scenario =
      acquire_query_release(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  explore::Tape tape;
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;
  std::uint64_t switches = 0;
  std::uint64_t connections = 0;
  while (state.KeepRunning()) {
    tape.clear();
    explore::RandomWalk walk(explore::run_seed(7, seed++));
    explore::Recorder recorder(walk, tape);
    const check::RunResult& run = runner.run(scenario, recorder);
    if (!run.violations.empty()) state.SkipWithError("a law was broken");
    steps += run.steps;
    switches += run.switches;
    for (const auto& seen : run.observations) {
      connections += seen.kind == check::Observation::Kind::session_opened ? 1 : 0;
    }
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["schedules/s"] = benchmark::Counter(runs, benchmark::Counter::kIsRate);
  state.counters["steps"] = static_cast<double>(steps) / runs;
  state.counters["switches"] = static_cast<double>(switches) / runs;
  state.counters["connections"] = static_cast<double>(connections) / runs;
}
BENCHMARK_CAPTURE(schedules, fiber, world::CarrierKind::fiber)
    ->Args({2, 0})
    ->Args({1, 1})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(schedules, thread, world::CarrierKind::thread)
    ->Args({2, 0})
    ->Args({1, 1})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
