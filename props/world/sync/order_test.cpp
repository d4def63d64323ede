// What happens before what: each primitive tells of every release and acquire, and of no more.
#include <pthread.h>
#include <semaphore.h>

#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <thread>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

// What each task knows of: itself, and all that happened before what it does now.
class Knowledge final : public HappensBefore {
 public:
  void acquired(TaskId task, const void* object) override { add(known_[task], released_[object]); }
  void released(TaskId task, const void* object) override { add(released_[object], of(task)); }
  void started(TaskId starter, TaskId task) override {
    if (starter != task) add(known_[task], of(starter));
  }
  void joined(TaskId waiter, TaskId finished) override { add(known_[waiter], of(finished)); }

  // Of one that is not the task itself, nor who started it.
  bool has_heard(int task, int other) {
    return of(static_cast<TaskId>(task)).contains(static_cast<TaskId>(other));
  }

 private:
  using Tasks = std::set<TaskId>;
  static void add(Tasks& to, const Tasks& from) { to.insert(from.begin(), from.end()); }
  Tasks of(TaskId task) {
    Tasks all = known_[task];
    all.insert(task);
    return all;
  }

  std::map<TaskId, Tasks> known_;
  std::map<const void*, Tasks> released_;
};

class Order : public WorldFixture {
 protected:
  Order() { machine_.scheduler.set_happens_before(&knowledge_); }
  ~Order() override { machine_.scheduler.set_happens_before(nullptr); }

  // Tasks 1 and 2, the second after the first; whether the second has heard of the first.
  bool orders(const Body& first, const Body& second) {
    const auto later = [&] {
      sleep(10ms);
      second();
    };
    EXPECT_EQ(run({[] {}, first, later}), Ending::finished);
    return knowledge_.has_heard(2, 1);
  }

  Knowledge knowledge_;
};

TEST_F(Order, IsNoneBetweenThreadsThatShareNothing) {
  EXPECT_FALSE(orders([] {}, [] {}));
}

TEST_F(Order, IsFromAnUnlockToTheNextLock) {
  std::mutex mutex;
  const auto locks = [&] { const std::lock_guard lock(mutex); };
  EXPECT_TRUE(orders(locks, locks));
}

TEST_F(Order, IsFromAPostToAWait) {
  sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  EXPECT_TRUE(orders([&] { sem_post(&semaphore); }, [&] { sem_wait(&semaphore); }));
}

TEST_F(Order, IsFromAWriterToAReaderAndBack) {
  std::shared_mutex mutex;
  const auto writes = [&] { const std::unique_lock lock(mutex); };
  const auto reads = [&] { const std::shared_lock lock(mutex); };
  EXPECT_TRUE(orders(writes, reads));
  EXPECT_TRUE(orders(reads, writes));
}

TEST_F(Order, IsNoneBetweenReaders) {
  std::shared_mutex mutex;
  const auto reads = [&] { const std::shared_lock lock(mutex); };
  EXPECT_FALSE(orders(reads, reads));
}

TEST_F(Order, IsBetweenAllWhoMeetAtABarrier) {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, 2);
  const auto meets = [&] { pthread_barrier_wait(&barrier); };
  EXPECT_TRUE(orders(meets, meets));
  EXPECT_TRUE(knowledge_.has_heard(1, 2));
  pthread_barrier_destroy(&barrier);
}

TEST_F(Order, IsFromASpinlocksUnlockToItsNextLock) {
  pthread_spinlock_t spinlock;
  pthread_spin_init(&spinlock, PTHREAD_PROCESS_PRIVATE);
  const auto locks = [&] {
    pthread_spin_lock(&spinlock);
    pthread_spin_unlock(&spinlock);
  };
  EXPECT_TRUE(orders(locks, locks));
}

TEST_F(Order, IsFromARoutineToAllWhoFindItDone) {
  std::once_flag flag;
  const auto calls = [&] { std::call_once(flag, [] {}); };
  EXPECT_TRUE(orders(calls, calls));
}

}  // namespace
}  // namespace poolproof::world
