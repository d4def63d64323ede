// What the pool costs beside what it cannot do without: two locked sections, and the server.
//
//   pool_bench --benchmark_repetitions=7 --benchmark_report_aggregates_only
//
// Goals: `ratio` at most 1.5; items_per_second of EightThreadsOnAPoolOfFour at least 0.9 of that of
// FourThreadsWithTheirOwnConnections.
#include <benchmark/benchmark.h>
#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <poolproof/pool.hpp>

#include "integration/private_postgres.hpp"

namespace poolproof {
namespace {

using std::chrono::steady_clock;

std::string server_conninfo;  // set by main, before the first benchmark

// A thread that does nothing: in a process with one thread glibc leaves out the atomic operations
// of a mutex, and the limit would look three times as fast as it can be in earnest.
class ParkedThread {
  std::mutex mutex_;
  std::condition_variable_any never_;
  std::jthread thread_{[this](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    never_.wait(lock, stop, [] { return false; });
  }};
};

void select_1(PGconn* connection, benchmark::State& state) {
  PGresult* const result = PQexec(connection, "SELECT 1");
  if (PQresultStatus(result) != PGRES_TUPLES_OK) state.SkipWithError(PQerrorMessage(connection));
  PQclear(result);
}

// The least that any pool with a lock must do: take one thing out under the lock, put it back.
class TwoLockedSections {
 public:
  void operator()() {
    int taken = 0;
    {
      const std::lock_guard lock(mutex_);
      taken = idle_.back();
      idle_.pop_back();
    }
    benchmark::DoNotOptimize(taken);
    const std::lock_guard lock(mutex_);
    idle_.push_back(taken);
  }

 private:
  std::mutex mutex_;
  std::vector<int> idle_ = {1, 2, 3, 4};
};

// One caller, a connection at hand, no query.
class AcquireAndRelease {
 public:
  AcquireAndRelease() { (*this)(); }  // connects
  void operator()() {
    const auto lease = pool_.acquire();
    benchmark::DoNotOptimize(lease);
  }

 private:
  Pool pool_{{.conninfo = server_conninfo, .pool_size = 4}};
};

template <class Work>
void alone(benchmark::State& state) {
  const ParkedThread parked;
  Work work;
  for ([[maybe_unused]] auto _ : state) work();
}
BENCHMARK(alone<TwoLockedSections>)->Name("TwoLockedSections");
BENCHMARK(alone<AcquireAndRelease>)->Name("AcquireRelease");

// Both in turn, a few microseconds each, and the median of their ratios: what slows one of a pair
// slows the other, and what hits only one is cut off.
void acquire_release_ratio(benchmark::State& state) {
  const ParkedThread parked;
  TwoLockedSections limit;
  AcquireAndRelease pool;
  const auto time_of = [](auto& work) {
    const auto start = steady_clock::now();
    for (int i = 0; i < 300; ++i) work();
    return std::chrono::duration<double>(steady_clock::now() - start).count();
  };
  std::vector<double> ratios;
  for ([[maybe_unused]] auto _ : state) {
    const double of_limit = time_of(limit);
    ratios.push_back(time_of(pool) / of_limit);
  }
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  state.counters["ratio"] = *middle;
}
BENCHMARK(acquire_release_ratio)->Name("AcquireReleaseOverTwoLockedSections");

// Twice as many callers as connections, each with a query. The argument is the pool's patience, in
// microseconds.
void pool_of_four(benchmark::State& state) {
  static std::optional<Pool> pool;  // one for all threads: the first makes it and ends it
  if (state.thread_index() == 0) {
    pool.emplace(PoolOptions{.conninfo = server_conninfo,
                             .pool_size = 4,
                             .max_overflow = 0,
                             .patience = std::chrono::microseconds(state.range(0))});
  }
  for ([[maybe_unused]] auto _ : state) {
    const auto lease = pool->acquire();
    select_1(lease->native(), state);
  }
  if (state.thread_index() == 0) pool.reset();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(pool_of_four)
    ->Name("EightThreadsOnAPoolOfFour")
    ->ArgName("patience_us")
    ->Arg(0)
    ->Arg(1000)
    ->Threads(8)
    ->UseRealTime();

void own_connections(benchmark::State& state) {
  auto connection = Connection::connect(server_conninfo, std::nullopt);
  for ([[maybe_unused]] auto _ : state) select_1(connection->native(), state);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(own_connections)->Name("FourThreadsWithTheirOwnConnections")->Threads(4)->UseRealTime();

}  // namespace
}  // namespace poolproof

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const auto server = poolproof::integration::PrivatePostgres::start();
  if (!server) {
    std::fprintf(stderr, "pool_bench: %s\n", server.error().c_str());
    return 2;
  }
  poolproof::server_conninfo = server->conninfo();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
