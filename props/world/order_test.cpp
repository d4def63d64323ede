// The class of a run, against all interleavings of small programs: two runs must have the same
// fingerprint if, and only if, one can be had from the other by swapping neighbouring steps that do
// not depend on each other.
#include "props/world/order.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <new>
#include <numeric>
#include <set>
#include <tuple>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using testing::Contains;
using testing::Not;
using testing::SizeIs;
using namespace std::chrono_literals;

// Every run there is, one after the other: depth first, the last choice varies fastest.
class Everything final : public Chooser {
 public:
  std::size_t next(std::span<const Candidate> candidates) override {
    return take(static_cast<std::uint32_t>(candidates.size()));
  }
  std::uint32_t choose(Stream stream, std::uint32_t count) override {
    return stream == Stream::schedule || stream == Stream::waiter ? take(count) : 0;
  }

  // To the next run; false after the last.
  bool go_on() {
    at_ = 0;
    while (!path_.empty() && path_.back().taken + 1 == path_.back().of) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().taken;
    return true;
  }

 private:
  struct Fork {
    std::uint32_t taken;
    std::uint32_t of;
  };

  std::uint32_t take(std::uint32_t count) {
    if (at_ == path_.size()) path_.push_back({0, count});
    EXPECT_EQ(path_[at_].of, count);
    return path_[at_++].taken;
  }

  std::vector<Fork> path_;
  std::size_t at_ = 0;
};

// Writes each step down with what it does to which objects, and passes all on.
class Steps final : public StepObserver {
 public:
  struct Step {
    std::uint32_t task;
    OperationKind kind;
    std::map<const void*, Access> effects;
    std::set<const void*> releases;  // which commute with each other

    auto key() const { return std::tuple(task, kind, effects, releases); }
    friend bool operator<(const Step& a, const Step& b) { return a.key() < b.key(); }
  };

  explicit Steps(Scheduler& scheduler) : scheduler_(scheduler) {}

  void begin() {
    order.begin();
    steps.clear();
  }

  void stepped(TaskId task, const Operation& operation) override {
    order.stepped(task, operation);
    steps.push_back({static_cast<std::uint32_t>(task), operation.kind, {}, {}});
    if (operation.object != nullptr) does(operation.object, access_of(operation.kind));
  }
  void spawned(TaskId starter, TaskId task) override {
    order.spawned(starter, task);
    if (starter != task) does(number(task), Access::write);
  }
  void woken(TaskId task) override {
    order.woken(task);
    does(number(task), Access::write);
  }
  void advanced(Time now) override { order.advanced(now); }
  void expired(TaskId task, const Operation& waited) override {
    order.expired(task, waited);
    steps.push_back({static_cast<std::uint32_t>(task), OperationKind::clock, {}, {}});
    if (waited.object != nullptr) does(waited.object, Access::write);
  }
  void looked_at_clock() override { order.looked_at_clock(); }
  void planned(EventId event, Time when) override { order.planned(event, when); }
  void called_off(EventId) override {}
  void happening(EventId event) override { order.happening(event); }
  void happened() override { order.happened(); }
  void touched(const void* object) override {
    order.touched(object);
    does(object, Access::write);
  }
  void looked_at(const void* object) override {
    order.looked_at(object);
    does(object, Access::read);
  }
  void gave_back(const void* lock, bool shared) override {
    order.gave_back(lock, shared);
    if (shared) return does(lock, Access::read);
    if (!steps.empty()) steps.back().releases.insert(lock);
  }
  void released(const void* object) override {
    order.released(object);
    if (!steps.empty()) steps.back().releases.insert(object);
  }
  void retired(const void* object) override { order.retired(object); }
  void chose(Stream stream, std::uint32_t among, std::uint32_t answer) override {
    order.chose(stream, among, answer);
  }

  Order order;
  std::vector<Step> steps;

 private:
  // A task is an object to whoever lets it go on.
  const void* number(TaskId task) { return &tasks_[static_cast<std::size_t>(task)]; }
  // The scheduler's own tasks change places from run to run.
  const void* lasting(const void* object) {
    for (const auto& task : scheduler_.tasks()) {
      if (task.get() == object) return number(task->id);
    }
    return object;
  }
  void does(const void* object, Access access) {
    if (steps.empty()) return;
    Access& known = steps.back().effects[lasting(object)];
    known = std::max(known, access);
  }

  Scheduler& scheduler_;
  std::array<char, 16> tasks_{};
};

bool frees_for(const Steps::Step& a, const Steps::Step& b) {
  return std::any_of(a.releases.begin(), a.releases.end(),
                     [&](const void* object) { return b.effects.contains(object); });
}

bool may_swap(const Steps::Step& a, const Steps::Step& b) {
  if (a.task == b.task || frees_for(a, b) || frees_for(b, a)) return false;
  return std::none_of(a.effects.begin(), a.effects.end(), [&](const auto& effect) {
    const auto other = b.effects.find(effect.first);
    return other != b.effects.end() && conflict(effect.second, other->second);
  });
}

struct OrderTest : WorldFixture {
  struct Explored {
    std::size_t runs = 0;
    std::set<std::uint64_t> fingerprints;
    std::size_t classes = 0;  // by swapping
    std::set<MeetingCode> meetings;
  };

  // `program` makes the tasks of a run anew, with what they share.
  Explored explore(const std::function<std::vector<Body>()>& program) {
    Explored explored;
    std::map<std::vector<Steps::Step>, std::size_t> runs;
    machine_.scheduler.set_step_observer(&steps_);
    Everything everything;
    do {
      steps_.begin();
      EXPECT_EQ(run_under(everything, program()), Ending::finished) << refusal();
      explored.fingerprints.insert(steps_.order.fingerprint());
      explored.meetings.insert(steps_.order.meetings().begin(), steps_.order.meetings().end());
      runs.emplace(steps_.steps, runs.size());
    } while (everything.go_on());
    machine_.scheduler.set_step_observer(nullptr);
    explored.runs = runs.size();
    explored.classes = classes(runs);
    return explored;
  }

  static std::size_t classes(const std::map<std::vector<Steps::Step>, std::size_t>& runs) {
    std::vector<std::size_t> leader(runs.size());
    std::iota(leader.begin(), leader.end(), 0);
    const auto find = [&](std::size_t each) {
      while (leader[each] != each) each = leader[each] = leader[leader[each]];
      return each;
    };
    for (const auto& [steps, number] : runs) {
      std::vector<Steps::Step> other = steps;
      for (std::size_t i = 0; i + 1 < other.size(); ++i) {
        if (!may_swap(other[i], other[i + 1])) continue;
        std::swap(other[i], other[i + 1]);
        if (const auto found = runs.find(other); found != runs.end()) {
          leader[find(number)] = find(found->second);
        }
        std::swap(other[i], other[i + 1]);
      }
    }
    std::set<std::size_t> leaders;
    for (std::size_t i = 0; i < leader.size(); ++i) leaders.insert(find(i));
    return leaders.size();
  }

  // They outlive a run, as what the tasks share.
  pthread_mutex_t a_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_t b_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t bell_ = PTHREAD_COND_INITIALIZER;
  pthread_rwlock_t book_ = PTHREAD_RWLOCK_INITIALIZER;
  int rung_ = 0;
  Steps steps_{machine_.scheduler};

  Body locks(pthread_mutex_t& mutex, int times = 1) {
    return [&mutex, times] {
      for (int i = 0; i < times; ++i) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
      }
    };
  }
  Body reads() {
    return [this] {
      pthread_rwlock_rdlock(&book_);
      pthread_rwlock_unlock(&book_);
    };
  }
  Body writes() {
    return [this] {
      pthread_rwlock_wrlock(&book_);
      pthread_rwlock_unlock(&book_);
    };
  }
  Body waits_for_bell() {
    return [this] {
      pthread_mutex_lock(&a_);
      while (rung_ == 0) pthread_cond_wait(&bell_, &a_);
      --rung_;
      pthread_mutex_unlock(&a_);
    };
  }
  Body rings(int times) {
    return [this, times] {
      for (int i = 0; i < times; ++i) {
        pthread_mutex_lock(&a_);
        ++rung_;
        pthread_mutex_unlock(&a_);
        pthread_cond_signal(&bell_);
      }
    };
  }
};

TEST_F(OrderTest, TasksThatShareNothingHaveOneClass) {
  const auto all = explore([&] { return std::vector<Body>{locks(a_, 2), locks(b_, 2)}; });
  EXPECT_EQ(all.runs, 10U);
  EXPECT_THAT(all.fingerprints, SizeIs(1));
  EXPECT_EQ(all.classes, 1U);
  EXPECT_THAT(all.meetings, SizeIs(0));
}

TEST_F(OrderTest, EachOrderOfTwoTasksOnOneMutexIsAClass) {
  const auto all = explore([&] { return std::vector<Body>{locks(a_, 2), locks(a_, 2)}; });
  EXPECT_THAT(all.fingerprints, SizeIs(6));  // 4! / (2! 2!)
  EXPECT_EQ(all.classes, 6U);
}

TEST_F(OrderTest, ReadersCommuteAndWritersDoNot) {
  const auto readers = explore([&] { return std::vector<Body>{reads(), reads()}; });
  EXPECT_THAT(readers.fingerprints, SizeIs(1));
  const auto mixed = explore([&] { return std::vector<Body>{reads(), writes(), reads()}; });
  EXPECT_EQ(mixed.fingerprints.size(), mixed.classes);
  EXPECT_GT(mixed.classes, 3U);
}

TEST_F(OrderTest, ThreeTasksOnTwoMutexesHaveAsManyFingerprintsAsClasses) {
  const auto all = explore([&] {
    return std::vector<Body>{locks(a_),
                             [this] {
                               pthread_mutex_lock(&a_);
                               pthread_mutex_lock(&b_);
                               pthread_mutex_unlock(&b_);
                               pthread_mutex_unlock(&a_);
                             },
                             locks(b_)};
  });
  EXPECT_THAT(all.fingerprints, SizeIs(4));
  EXPECT_EQ(all.classes, 4U);
}

TEST_F(OrderTest, WhoeverFindsAMutexLockedIsNotWhereOneFoundItFree) {
  const auto all = explore([&] {
    return std::vector<Body>{[this] {
                               pthread_mutex_lock(&a_);
                               yield();
                               pthread_mutex_unlock(&a_);
                               yield();
                             },
                             [this] {
                               if (pthread_mutex_trylock(&a_) == 0) pthread_mutex_unlock(&a_);
                             }};
  });
  EXPECT_THAT(all.fingerprints, SizeIs(3));  // before, meanwhile, after
  EXPECT_EQ(all.classes, 3U);
}

TEST_F(OrderTest, ASignalHasAsManyFingerprintsAsClasses) {
  const auto program = [&] {
    rung_ = 0;
    return std::vector<Body>{waits_for_bell(), rings(1)};
  };
  const auto all = explore(program);
  EXPECT_EQ(all.fingerprints.size(), all.classes);
  const Meeting signal_first{{OperationKind::signal, {}}, {OperationKind::wait, {}}};
  const Meeting wait_first{{OperationKind::wait, {}}, {OperationKind::signal, {}}};
  EXPECT_THAT(all.meetings, Contains(code_of(wait_first)));
  // Whoever comes after the bell does not wait.
  EXPECT_THAT(all.meetings, Not(Contains(code_of(signal_first))));
}

TEST_F(OrderTest, WhomASignalWakesIsPartOfTheClass) {
  const auto all = explore([&] {
    rung_ = 0;
    return std::vector<Body>{waits_for_bell(), waits_for_bell(), rings(2)};
  });
  EXPECT_GT(all.runs, 100U);
  EXPECT_EQ(all.fingerprints.size(), all.classes);
}

TEST_F(OrderTest, ATimerCommutesWithWhoeverDoesNotLookAtTheClock) {
  const auto sleeper = [this] { sleep(10ms); };
  const auto blind = explore([&] { return std::vector<Body>{sleeper, locks(a_, 2)}; });
  EXPECT_GT(blind.runs, 3U);
  EXPECT_THAT(blind.fingerprints, SizeIs(1));
  const auto looking = explore([&] {
    return std::vector<Body>{sleeper, [] {
                               timespec now;
                               clock_gettime(CLOCK_MONOTONIC, &now);
                             }};
  });
  EXPECT_THAT(looking.fingerprints, SizeIs(2));
}

TEST_F(OrderTest, ADeadlineRacesTheSignal) {
  const auto all = explore([&] {
    return std::vector<Body>{[this] {
                               timespec deadline;
                               clock_gettime(CLOCK_REALTIME, &deadline);
                               ++deadline.tv_sec;
                               pthread_mutex_lock(&a_);
                               pthread_cond_timedwait(&bell_, &a_, &deadline);
                               pthread_mutex_unlock(&a_);
                             },
                             [this] { pthread_cond_signal(&bell_); }};
  });
  EXPECT_THAT(all.fingerprints, SizeIs(3));  // signalled; signalled before; too late
  const Meeting too_late{{OperationKind::clock, {}}, {OperationKind::signal, {}}};
  EXPECT_THAT(all.meetings, Contains(code_of(too_late)));
}

#ifndef POOLPROOF_SANITIZED  // a sanitizer's malloc is not ours

// Which block malloc hands out hangs on what earlier runs of the process have freed.
TEST_F(OrderTest, ALockInMemoryThatAnotherLockHasHadIsANewOne) {
  const auto make = [] {
    auto* const mutex = static_cast<pthread_mutex_t*>(std::malloc(sizeof(pthread_mutex_t)));
    return new (mutex) pthread_mutex_t(PTHREAD_MUTEX_INITIALIZER);
  };
  Order order;
  const auto class_with = [&](bool again) {
    machine_.scheduler.set_step_observer(&order);
    order.begin();
    run([&] {
      pthread_mutex_t* const first = make();
      locks (*first)();
      if (again) std::free(first);
      pthread_mutex_t* const second = make();
      EXPECT_EQ(first == second, again);
      locks (*second)();
      std::free(second);
      if (!again) std::free(first);
    });
    machine_.scheduler.set_step_observer(nullptr);
    return order.fingerprint();
  };
  EXPECT_EQ(class_with(true), class_with(false));
}

#endif

TEST_F(OrderTest, AMeetingIsOfTwoTasksInTheirContexts) {
  constexpr Context kFirst{3};
  constexpr Context kSecond{7};
  machine_.scheduler.set_step_observer(&steps_);
  steps_.begin();
  run({[&] {
         steps_.order.enter(TaskId{0}, kFirst);
         locks(a_, 2)();
       },
       [&] {
         steps_.order.enter(TaskId{1}, kSecond);
         locks(a_)();
       }});
  machine_.scheduler.set_step_observer(nullptr);
  ASSERT_THAT(steps_.order.meetings(), SizeIs(1));
  const Meeting met{{OperationKind::lock, kFirst}, {OperationKind::lock, kSecond}};
  EXPECT_EQ(meeting_of(steps_.order.meetings()[0]), met);
}

}  // namespace
}  // namespace poolproof::world
