// Memory in the machine: a library that tells of its accesses (samples.hpp) runs in tasks; its
// atomics are interleaved and its races found and named.
#include "props/world/memory/memory.hpp"

#include <optional>
#include <set>

#include "props/world/memory/samples.hpp"
#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;
using samples::Message;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

class MemoryOfTasks : public WorldFixture {
 protected:
  MemoryOfTasks() { samples::start_counting(); }

  // The first race that any of so many schedules has.
  std::optional<Race> race_in(int schedules, const std::function<std::vector<Body>()>& tasks) {
    race_.reset();
    for (int seed = 0; seed < schedules && !race_; ++seed) {
      EXPECT_EQ(run_with_seed(static_cast<std::uint64_t>(seed), tasks()), Ending::finished);
    }
    return race_;
  }
  std::optional<Race> race_of(const Body& one, const Body& other) {
    return race_in(200, [&] { return std::vector<Body>{one, other}; });
  }

  std::optional<Race> race_;

 private:
  void raced(const Race& race) override {
    EXPECT_FALSE(race_) << "only the first of a run is told";
    race_ = race;
  }
};

// ---- atomics ----

TEST_F(MemoryOfTasks, GivesEveryAtomicOperationItsResult) {
  EXPECT_TRUE(samples::every_atomic_operation_is_right()) << "outside a task";
  bool right = false;
  EXPECT_EQ(run([&] { right = samples::every_atomic_operation_is_right(); }), Ending::finished);
  EXPECT_TRUE(right);
}

TEST_F(MemoryOfTasks, InterleavesAtomics) {
  std::set<int> counts;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    samples::start_counting();
    run_with_seed(seed, {samples::count_in_two_steps, samples::count_in_two_steps});
    counts.insert(samples::counted_atomically());
  }
  EXPECT_EQ(counts, (std::set{1, 2})) << "one count gets lost between load and store";
}

TEST_F(MemoryOfTasks, LosesNoCountOfAnAtomicUpdate) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    samples::start_counting();
    run_with_seed(seed, {samples::count_atomically, samples::count_atomically});
    EXPECT_EQ(samples::counted_atomically(), 2);
  }
}

// clang does not tell a weak exchange from a strong one.
#ifndef __clang__
TEST_F(MemoryOfTasks, LetsAWeakExchangeFailForNoReason) {
  for (const std::uint32_t fails : {0U, 1U}) {
    std::atomic<int> state = 0;
    bool taken = false;
    run({.machine = {fails}}, [&] { taken = samples::take_once(state); });
    EXPECT_EQ(taken, fails == 0);
    EXPECT_EQ(state, taken ? 1 : 0);
  }
}
#endif

// ---- races ----

TEST_F(MemoryOfTasks, ReportsARaceWithBothAccesses) {
  const auto race = race_of(samples::count_plainly, samples::count_plainly);
  ASSERT_TRUE(race);
  EXPECT_NE(race->earlier.task, race->later.task);
  for (const auto& side : {race->earlier, race->later}) {
    EXPECT_FALSE(side.atomic);
    EXPECT_EQ(side.size, sizeof(int));
    EXPECT_THAT(side.functions, Contains("poolproof::samples::count_plainly()"));
    EXPECT_THAT(side.place, StartsWith("libmemory_samples.so+0x"));
  }
  EXPECT_TRUE(race->earlier.write || race->later.write);
  EXPECT_EQ(race->object, "`poolproof::samples::plain_counter` of libmemory_samples.so");
}

TEST_F(MemoryOfTasks, HasNoRaceWithAtomics) {
  EXPECT_FALSE(race_of(samples::count_atomically, samples::count_atomically));
  EXPECT_FALSE(race_of(samples::count_in_two_steps, samples::count_in_two_steps));
}

TEST_F(MemoryOfTasks, HasNoRaceBetweenDifferentBytesOfAWord) {
  EXPECT_FALSE(race_of([] { samples::write_byte(0); }, [] { samples::write_byte(1); }));
  EXPECT_TRUE(race_of([] { samples::write_byte(1); }, [] { samples::write_byte(1); }));
}

TEST_F(MemoryOfTasks, OrdersAMessageByReleaseAndAcquire) {
  const auto race_with = [&](std::memory_order sends, std::memory_order receives) {
    Message message;
    bool received = false;
    const auto race = race_in(200, [&] {
      message.there = false;
      return std::vector<Body>{[&] { samples::send(message, sends); },
                               [&] { received |= samples::receive(message, receives) == 42; }};
    });
    EXPECT_TRUE(received || race);
    return race;
  };
  using enum std::memory_order;
  EXPECT_FALSE(race_with(release, acquire));
  EXPECT_FALSE(race_with(seq_cst, seq_cst));
  EXPECT_TRUE(race_with(relaxed, acquire));
  EXPECT_TRUE(race_with(release, relaxed));
}

TEST_F(MemoryOfTasks, OrdersAMessageByFences) {
  Message message;
  bool received = false;
  EXPECT_FALSE(race_in(200, [&] {
    message.there = false;
    return std::vector<Body>{[&] { samples::send_with_fence(message); },
                             [&] { received |= samples::receive_with_fence(message) == 42; }};
  }));
  EXPECT_TRUE(received);
}

TEST_F(MemoryOfTasks, OrdersByMutexes) {
  std::mutex mutex;
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    samples::count_plainly();
  };
  EXPECT_FALSE(race_of(count, count));
  EXPECT_TRUE(race_of(count, samples::count_plainly));
}

TEST_F(MemoryOfTasks, OrdersByStartAndJoin) {
  EXPECT_EQ(run([] {
              samples::count_plainly();
              std::thread([] { samples::count_plainly(); }).join();
              samples::count_plainly();
            }),
            Ending::finished);
  EXPECT_FALSE(race_);
}

TEST_F(MemoryOfTasks, OrdersByTheMakingOfALocalStatic) {
  EXPECT_FALSE(race_of([] { EXPECT_EQ(samples::made_once(), 'a'); },
                       [] { EXPECT_EQ(samples::made_once(), 'a'); }));
}

TEST_F(MemoryOfTasks, SeesNoRaceWithAnEarlierOwnerOfABlockOrStack) {
  EXPECT_FALSE(race_of(samples::use_the_heap, samples::use_the_heap));
  EXPECT_FALSE(race_of([] { samples::build_a_text(); }, [] { samples::build_a_text(); }));
  // The stack of one that has finished serves the next.
  EXPECT_EQ(run([this] {
              for (int i = 0; i < 3; ++i) {
                machine_.scheduler.spawn(samples::use_the_stack);
                sleep(1ms);
              }
            }),
            Ending::finished);
  EXPECT_FALSE(race_);
}

TEST_F(MemoryOfTasks, SeesNoRaceInThreadLocalStorage) {
  EXPECT_FALSE(
      race_of([] { samples::count_thread_locally(); }, [] { samples::count_thread_locally(); }));
}

// ---- spins ----

TEST_F(MemoryOfTasks, LetsACorrectSpinLockHold) {
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    samples::SpinLock lock;
    samples::start_counting();
    const auto count = [&] { samples::count_locked(lock, true); };
    ASSERT_EQ(run_with_seed(seed, {count, count, count, count}), Ending::finished);
    ASSERT_EQ(samples::counted_plainly(), 4);
    ASSERT_FALSE(race_);
  }
}

TEST_F(MemoryOfTasks, DoesNotLetASpinStarveTheOneItWaitsFor) {
  samples::SpinLock lock;
  const auto count = [&] { samples::count_locked(lock, true); };
  // One switch, while the first holds the lock; after that every choice is to stay.
  EXPECT_EQ(run({.schedule = {0, 1}}, {count, count}), Ending::finished);
  EXPECT_EQ(samples::counted_plainly(), 2);
}

TEST_F(MemoryOfTasks, LetsTimePassForASpinThatWaitsForASleeper) {
  machine_.scheduler.set_time_mode(TimeMode::lazy);
  samples::SpinLock lock;
  EXPECT_EQ(run({[&] {
                   lock.lock();
                   sleep(5ms);
                   lock.unlock();
                 },
                 [&] { samples::count_locked(lock, true); }}),
            Ending::finished);
  EXPECT_EQ(elapsed(), 5ms);
}

TEST_F(MemoryOfTasks, EndsASpinThatNobodyEnds) {
  samples::SpinLock lock;
  const auto count = [&] { samples::count_locked(lock, false); };
  EXPECT_EQ(run({count, count}), Ending::runaway);
  EXPECT_EQ(run_with_seed(1, {count, count}), Ending::runaway);
}

TEST_F(MemoryOfTasks, EndsAVolatileSpinThatNobodyEnds) {
  samples::clear_volatile_flag();
  EXPECT_EQ(run(samples::wait_for_volatile_flag), Ending::runaway);
}

TEST_F(MemoryOfTasks, CallsAVolatileFlagARace) {
  samples::clear_volatile_flag();
  EXPECT_EQ(run({samples::wait_for_volatile_flag, samples::set_volatile_flag}), Ending::finished);
  ASSERT_TRUE(race_);
  EXPECT_THAT(race_->object, HasSubstr("volatile_flag"));
}

// ---- determinism ----

TEST_F(MemoryOfTasks, IsAFunctionOfItsSeed) {
  const auto text_of = [&](std::uint64_t seed) {
    race_.reset();
    run_with_seed(seed,
                  {samples::count_plainly, samples::count_atomically, samples::count_plainly});
    std::string text = std::to_string(machine_.scheduler.hash());
    if (race_) text += race_->earlier.place + race_->later.place + race_->object;
    return text;
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) EXPECT_EQ(text_of(seed), text_of(seed));
}

}  // namespace
}  // namespace poolproof::world
