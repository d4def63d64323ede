// Pools of each class under any schedule: callers who acquire, nest, invalidate, detach and
// release, while somebody disposes, warms up or maintains, and the server fails. Whatever happens:
// no two threads have one connection, the limit of the class holds, and in the end all works.
#include <gtest/gtest.h>
#include <libpq-fe.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <poolproof/pool.hpp>

#include <map>

#include "props/explore/random_walk.hpp"
#include "props/world/machine.hpp"

namespace poolproof {
namespace {

using namespace std::chrono_literals;
using world::Stream;
using world::postgres::SessionId;

constexpr std::uint32_t kCallers = 4;
constexpr int kRounds = 3;

class AnyClass final : private world::Observer {
 public:
  struct Outcome {
    world::Ending ending{};
    std::string refusal;
    std::string complaint;
  };

  Outcome run(std::uint64_t seed) {
    explore::RandomWalk walk(seed);
    const auto ending = machine().run(walk, *this, [this] { root(); });
    return {ending, machine().scheduler.refusal(), complaint_};
  }

 private:
  static world::Machine& machine() {
    static world::Machine instance;
    return instance;
  }
  static std::uint32_t choose(std::uint32_t count) {
    return machine().scheduler.choose(Stream::workload, count);
  }
  static void sleep(world::Duration duration) {
    machine().scheduler.sleep_until(machine().scheduler.now() + duration);
  }

  static PoolOptions any_options() {
    static constexpr PoolClass kClasses[] = {
        PoolClass::queue_pool, PoolClass::null_pool, PoolClass::static_pool,
        PoolClass::singleton_thread_pool, PoolClass::assertion_pool};
    PoolOptions options{.conninfo =
                            "host=/simulated user=app dbname=app password=none sslmode=disable"};
    options.pool_class = kClasses[choose(5)];
    options.pool_size = static_cast<int>(1 + choose(2));
    options.max_overflow = static_cast<int>(choose(2));
    options.timeout = 100ms;
    if (choose(2) == 1) options.recycle = 20ms;
    if (options.recycle && choose(2) == 1) options.recycle_jitter = 10ms;
    if (choose(2) == 1) options.idle_timeout = 10ms;
    options.min_idle = static_cast<int>(choose(2));
    options.pre_ping = choose(2) == 1;
    options.track_leases = choose(2) == 1;
    return options;
  }

  // -1: none.
  static int limit_of(const PoolOptions& options) {
    switch (options.pool_class) {
      case PoolClass::queue_pool: return options.pool_size + options.max_overflow;
      case PoolClass::null_pool: return -1;
      case PoolClass::singleton_thread_pool: return options.pool_size;
      case PoolClass::static_pool:
      case PoolClass::assertion_pool: break;
    }
    return 1;
  }

  void root() {
    const PoolOptions options = any_options();
    machine().faults.allow(world::FaultSet().set());
    Pool pool(options);
    std::vector<world::TaskId> tasks;
    for (std::uint32_t i = 0; i < kCallers; ++i) {
      tasks.push_back(machine().scheduler.spawn([this, &pool, i] { caller(pool, i); }));
    }
    tasks.push_back(machine().scheduler.spawn([this, &pool] { oversee(pool); }));
    for (const auto task : tasks) machine().scheduler.join(task);
    machine().heal();
    well_ = true;
    probe(pool);
  }

  void caller(Pool& pool, std::uint32_t me) {
    for (int round = 0; round < kRounds; ++round) {
      auto lease = pool.acquire(choose(2) == 0 ? 20ms : 200ms);
      if (!lease) continue;
      use(pool, *lease, me);
      if (pool.options().pool_class == PoolClass::static_pool ||
          pool.options().pool_class == PoolClass::singleton_thread_pool) {
        const auto inner = pool.acquire();
        if (inner) use(pool, *inner, me);
        if (inner && !inner->detached() && inner->native() != lease->native()) {
          if (!lease->detached()) complaint_ = "two connections in one thread";
        }
      }
      switch (choose(6)) {
        case 0: lease->invalidate(); break;
        case 1: lease->invalidate(Invalidation::soft); break;
        case 2: lease->invalidate(Invalidation::generation); break;
        case 3: lease->detach(); break;
        default: sleep(5ms);
      }
    }
  }

  void use(Pool& pool, const Lease& lease, std::uint32_t me) {
    PGconn* const connection = lease.native();
    if (connection == nullptr) return;
    const auto [place, mine] = users_.try_emplace(connection, me);
    if (!mine && place->second != me) complaint_ = "two threads have one connection";
    const PoolStatus status = pool.status();
    const int limit = limit_of(pool.options());
    if (limit >= 0 && status.size > static_cast<std::size_t>(limit)) complaint_ = "over the limit";
    PQclear(PQexec(connection, "SELECT 1"));
    if (mine) users_.erase(connection);
  }

  void oversee(Pool& pool) {
    for (int i = 0; i < 6; ++i) {
      if (choose(2) == 1) sleep(5ms);
      switch (choose(4)) {
        case 0: pool.dispose(); break;
        case 1: (void)pool.warm_up(1, 50ms); break;
        case 2: pool.maintain(); break;
        default: (void)pool.held_longer_than(1ms);
      }
    }
  }

  // Nothing fails any more: what there is must be whole, and be gone in the end.
  void probe(Pool& pool) {
    const PoolStatus status = pool.status();
    if (status.checked_out + status.waiting + status.detached != 0) {
      complaint_ = "left over: " + to_string(status);
    }
    if (!pool.held_longer_than(-1ns).empty()) complaint_ = "a lease that is back is remembered";
    const int count = std::max(1, limit_of(pool.options()));
    std::vector<world::TaskId> tasks;
    for (int i = 0; i < count; ++i) {
      tasks.push_back(machine().scheduler.spawn([this, &pool] {
        const auto lease = pool.acquire(1s);
        if (!lease) complaint_ = "lost capacity: " + lease.error().message;
        sleep(1s);
      }));
    }
    for (const auto task : tasks) machine().scheduler.join(task);
    if (!pool.drain(0s)) complaint_ = "not all is back: " + to_string(pool.status());
    const PoolMetrics metrics = pool.metrics();
    if (metrics.connects != metrics.closes) complaint_ = "connects and closes differ";
  }

  void ended(SessionId, EndedBy) override {}
  void queried(SessionId, std::string_view, const world::postgres::SessionState&) override {}
  bool standstill() override {
    if (std::exchange(well_, true)) return false;
    machine().heal();
    return true;
  }
  void quiet(world::Time, world::Time) override {}
  void opened(SessionId) override {}
  void used(SessionId) override {}
  void struck(world::FaultKind, world::Place) override {}

  std::map<PGconn*, std::uint32_t> users_;
  bool well_ = false;
  std::string complaint_;
};

RC_GTEST_PROP(AnyClass, KeepsItsPromiseUnderAnySchedule, (std::uint64_t seed)) {
  const auto outcome = AnyClass().run(seed);
  RC_LOG() << outcome.refusal << outcome.complaint;
  RC_ASSERT(outcome.ending == world::Ending::finished);
  RC_ASSERT(outcome.complaint.empty());
}

}  // namespace
}  // namespace poolproof
