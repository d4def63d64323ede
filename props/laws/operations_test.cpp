// Everything at once, under any schedule: callers who acquire, are called off, invalidate, detach
// and release, while somebody disposes or closes, the server fails and hooks throw. Whatever
// happens: no deadlock and no broken assertion, and in the end every slot is there and works. What
// each step should do is not judged here; conformance_test.cpp does that, one thing at a time.
#include <gtest/gtest.h>
#include <libpq-fe.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <poolproof/pool.hpp>

#include <array>
#include <stdexcept>
#include <stop_token>

#include "props/explore/random_walk.hpp"
#include "props/world/machine.hpp"

namespace poolproof {
namespace {

using namespace std::chrono_literals;
using world::Stream;
using world::postgres::SessionId;

constexpr std::uint32_t kCallers = 4;
constexpr int kRounds = 4;
constexpr world::Rarity kHookThrows{world::kFaultKinds};

class AnyOperations final : private world::Observer {
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
  template <class T, std::size_t size>
  static T any_of(const T (&choices)[size]) {
    return choices[choose(size)];
  }
  static void sleep(world::Duration duration) {
    machine().scheduler.sleep_until(machine().scheduler.now() + duration);
  }

  void root() {
    PoolOptions options{
        .conninfo = "host=/simulated user=app dbname=app password=none sslmode=disable",
        .pool_size = any_of({1, 2}),
        .max_overflow = any_of({0, 1}),
        .timeout = 100ms,
        .recycle = any_of<std::optional<std::chrono::nanoseconds>>({std::nullopt, 20ms}),
        .use_lifo = choose(2) == 1,
        .pre_ping = choose(2) == 1,
        .reset_on_return = any_of({ResetOnReturn::rollback, ResetOnReturn::commit,
                                   ResetOnReturn::discard, ResetOnReturn::none}),
        .patience = any_of<std::chrono::nanoseconds>({0ms, 10ms})};
    if (choose(2) == 1) hook(options.hooks);
    const int capacity = options.pool_size + options.max_overflow;
    machine().faults.allow(world::FaultSet().set());
    {
      Pool pool(options);
      std::vector<world::TaskId> tasks;
      for (std::uint32_t i = 0; i < kCallers; ++i) {
        tasks.push_back(machine().scheduler.spawn([this, &pool, i] { caller(pool, i); }));
      }
      tasks.push_back(machine().scheduler.spawn([this, &pool] { oversee(pool); }));
      for (const auto task : tasks) machine().scheduler.join(task);
      machine().heal();
      well_ = true;
      probe(pool, capacity);
    }
  }

  void hook(PoolHooks& hooks) {
    for (auto* list : {&hooks.first_connect, &hooks.connect, &hooks.checkout, &hooks.checkin,
                       &hooks.reset, &hooks.invalidate, &hooks.soft_invalidate, &hooks.detach,
                       &hooks.close, &hooks.close_detached}) {
      list->emplace_back([this](const HookEvent&) {
        machine().scheduler.point({world::OperationKind::yield});
        if (well_ || !machine().scheduler.happens(Stream::faults, kHookThrows)) return;
        if (choose(2) == 0) throw Disconnected(choose(2) == 1);
        throw std::runtime_error("by choice");
      });
    }
  }

  void caller(Pool& pool, std::uint32_t me) {
    std::stop_source& stop = stops_[me];
    for (int round = 0; round < kRounds; ++round) {
      stop = std::stop_source();
      const auto timeout =
          any_of<std::optional<std::chrono::nanoseconds>>({std::nullopt, 0ms, 20ms, 200ms});
      acquiring_[me] = choose(2) == 1;
      auto lease = acquiring_[me] ? pool.acquire(timeout, stop.get_token()) : pool.acquire(timeout);
      acquiring_[me] = false;
      if (!lease) continue;
      PQclear(PQexec(lease->native(), any_of({"SELECT 1", "BEGIN"})));
      switch (choose(6)) {
        case 0: sleep(5ms); break;
        case 1: lease->invalidate(); break;
        case 2: lease->invalidate(Invalidation::soft); break;
        case 3: lease->invalidate(Invalidation::generation); break;
        case 4: lease->detach(); break;
        default: sleep(20ms);
      }
    }
  }

  void oversee(Pool& pool) {
    for (int i = 0; i < 12; ++i) {
      if (choose(4) == 1) sleep(5ms);
      switch (choose(8)) {
        case 0: break;
        case 1: pool.dispose(); break;
        case 2:
          if (choose(8) == 7) pool.close();
          break;
        default: {
          std::stop_source stop = stops_[choose(kCallers)];  // its owner may take another
          stop.request_stop();
        }
      }
    }
  }

  // All callers are done and nothing fails any more: what there is must be whole.
  void probe(Pool& pool, int capacity) {
    const PoolStatus status = pool.status();
    if (status.checked_out + status.waiting + status.detached != 0) {
      complaint_ = "left over: " + to_string(status);
    }
    std::vector<Lease> leases;
    for (int i = 0; i < capacity; ++i) {
      auto lease = pool.acquire(1s);
      if (!lease && lease.error().kind == AcquireError::Kind::closed) return;
      if (!lease) {
        complaint_ = "lost capacity: " + lease.error().message;
        return;
      }
      leases.push_back(*std::move(lease));
    }
    if (pool.try_acquire()) complaint_ = "more than the capacity";
  }

  void ended(SessionId, EndedBy) override {}
  void queried(SessionId, std::string_view, const world::postgres::SessionState&) override {}
  // Somebody waits for an end that has fallen silent, and has no deadline.
  bool standstill() override {
    if (std::exchange(well_, true)) return false;
    machine().heal();
    return true;
  }
  // Being called off takes no time, wherever it is.
  void quiet(world::Time, world::Time) override {
    for (std::uint32_t i = 0; i < kCallers; ++i) {
      if (acquiring_[i] && stops_[i].stop_requested()) complaint_ = "called off, and still there";
    }
  }
  void opened(SessionId) override {}
  void used(SessionId) override {}
  void struck(world::FaultKind, world::Place) override {}

  std::array<std::stop_source, kCallers> stops_;
  std::array<bool, kCallers> acquiring_{};  // and may be called off
  bool well_ = false;
  std::string complaint_;
};

RC_GTEST_PROP(AnyOperations, KeepThePoolWholeUnderAnySchedule, (std::uint64_t seed)) {
  const auto outcome = AnyOperations().run(seed);
  RC_LOG() << outcome.refusal << outcome.complaint;
  RC_ASSERT(outcome.ending == world::Ending::finished);
  RC_ASSERT(outcome.complaint.empty());
}

}  // namespace
}  // namespace poolproof
