// Small programs at random: of locks, conditions, deadlines, sleeps, alarms, and memory that is
// handed over.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <ostream>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "props/explore/dpor/dpor_fixture.hpp"

namespace poolproof::explore::dpor {

using namespace std::chrono_literals;

struct Statement {
  enum class Kind {
    lock,       // and unlock
    nest,       // takes the other lock, too, while it has this one
    try_lock,   // goes on at once without it
    make,       // a lock on the heap, unless there is one
    lock_made,  // that one, if there is
    wait,       // until it is told
    wait_10,    // or until 10 ms have passed
    wait_20,
    tell_one,  // of those that wait
    tell_all,
    sleep_10,  // for that many ms
    sleep_20,
    look,        // what time it is
    set_alarm,   // has it ring in 20 ms, in no task
    stop_alarm,  // has the one that was set last stopped, at once but in no task either
    hear,        // how often it has rung
    try_10,      // takes a lock while it has another, or has not got that in 10 ms
    share,       // takes a lock while it has another, that readers share
    have_alone,  // that other
  };
  Kind kind;
  std::size_t where;  // 0 or 1: which lock, which condition
};

inline constexpr std::array kNames{"lock",     "nest",     "try_lock", "make",      "lock_made",
                                   "wait",     "wait_10",  "wait_20",  "tell_one",  "tell_all",
                                   "sleep_10", "sleep_20", "look",     "set_alarm", "stop_alarm",
                                   "hear",     "try_10",   "share",    "have_alone"};

// Of three tasks at a lock that is shared, or waited for until a deadline, a few classes are
// missed: the exploration says so.
inline constexpr std::size_t kAllKinds = kNames.size();
inline constexpr std::size_t kExactKinds = kAllKinds - 3;

inline void showValue(const Statement& statement, std::ostream& out) {
  out << kNames.at(static_cast<std::size_t>(statement.kind)) << ' ' << statement.where;
}

using Task = std::vector<Statement>;

class Shared {
 public:
  Shared() = default;
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() {
    for (const Place& each : places_) {
      for (const auto alarm : each.alarms) world::Machine::inside()->scheduler.call_off(alarm);
    }
  }

  // What the task of that number came to see.
  void run(const Task& task, std::vector<int>& seen) {
    for (const Statement& each : task) run(each, seen);
  }

 private:
  using Kind = Statement::Kind;

  struct Place {
    std::mutex mutex;
    std::condition_variable told;
    int value = 0;  // how often somebody has had the lock
    int tidings = 0;
    struct Made {
      std::mutex mutex;
      int value = 0;
    };
    std::unique_ptr<Made> made;
    std::timed_mutex timed;
    int timed_value = 0;
    std::shared_mutex shared;
    int shared_value = 0;
    std::vector<world::EventId> alarms;
    int rung = 0;
  };

  void run(const Statement& statement, std::vector<int>& seen) {
    Place& here = places_[statement.where];
    Place& there = places_[1 - statement.where];
    switch (statement.kind) {
      case Kind::lock: {
        const std::lock_guard lock(here.mutex);
        return seen.push_back(++here.value);
      }
      case Kind::nest: {
        const std::lock_guard lock(here.mutex);
        seen.push_back(++here.value);
        const std::lock_guard inner(there.mutex);
        return seen.push_back(++there.value);
      }
      case Kind::try_lock: {
        const std::unique_lock lock(here.mutex, std::try_to_lock);
        return seen.push_back(lock ? ++here.value : -1);
      }
      case Kind::try_10: {
        const std::unique_lock lock(here.timed, 10ms);
        const std::lock_guard inner(here.mutex);
        return seen.push_back(lock ? ++here.timed_value : -1);
      }
      case Kind::share: {
        const std::shared_lock lock(here.shared);
        const std::lock_guard inner(here.mutex);
        return seen.push_back(here.shared_value + ++here.value);
      }
      case Kind::have_alone: {
        const std::lock_guard lock(here.shared);
        return seen.push_back(++here.shared_value);
      }
      case Kind::make: {
        const std::lock_guard lock(here.mutex);
        if (!here.made) here.made = std::make_unique<Place::Made>();
        return;
      }
      case Kind::lock_made: {
        Place::Made* made = nullptr;
        {
          const std::lock_guard lock(here.mutex);
          made = here.made.get();
        }
        if (made == nullptr) return seen.push_back(-1);
        const std::lock_guard lock(made->mutex);
        return seen.push_back(++made->value);
      }
      case Kind::wait: {
        std::unique_lock lock(here.mutex);
        here.told.wait(lock, [&] { return here.tidings > 0; });
        return seen.push_back(--here.tidings);
      }
      case Kind::wait_10: return wait_for(10ms, here, seen);
      case Kind::wait_20: return wait_for(20ms, here, seen);
      case Kind::tell_one: {
        const std::lock_guard lock(here.mutex);
        ++here.tidings;
        return here.told.notify_one();
      }
      case Kind::tell_all: {
        const std::lock_guard lock(here.mutex);
        here.tidings += 2;
        return here.told.notify_all();
      }
      case Kind::sleep_10: return std::this_thread::sleep_for(10ms);
      case Kind::sleep_20: return std::this_thread::sleep_for(20ms);
      case Kind::look: {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        return seen.push_back(static_cast<int>(now / 1ms));
      }
      case Kind::set_alarm: {
        const std::lock_guard lock(here.mutex);
        auto& scheduler = world::Machine::inside()->scheduler;
        here.alarms.push_back(scheduler.at(scheduler.read_clock() + 20ms, [&] {
          scheduler.touched(&here.rung);
          ++here.rung;
        }));
        return;
      }
      case Kind::stop_alarm: {
        const std::lock_guard lock(here.mutex);
        if (here.alarms.empty()) return;
        auto& scheduler = world::Machine::inside()->scheduler;
        scheduler.at(scheduler.read_clock(),
                     [&scheduler, alarm = here.alarms.back()] { scheduler.call_off(alarm); });
        return;
      }
      case Kind::hear: {
        std::this_thread::yield();
        world::Machine::inside()->scheduler.looked_at(&here.rung);
        return seen.push_back(here.rung);
      }
    }
  }

  static void wait_for(std::chrono::milliseconds time, Place& here, std::vector<int>& seen) {
    std::unique_lock lock(here.mutex);
    const bool told = here.told.wait_for(lock, time, [&] { return here.tidings > 0; });
    seen.push_back(told ? --here.tidings : -1);
  }

  std::array<Place, 2> places_;
};

inline Body body_of(const std::vector<Task>& tasks) {
  return Body([tasks](Body::Seen& seen) {
    Shared shared;
    std::vector<Body::Seen> each_saw(tasks.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      threads.emplace_back([&, i] { shared.run(tasks[i], each_saw[i]); });
    }
    for (auto& thread : threads) thread.join();
    for (const Body::Seen& each : each_saw) {
      seen.insert(seen.end(), each.begin(), each.end());
      seen.push_back(-2);
    }
  });
}

inline rc::Gen<Statement> statements(std::size_t kinds) {
  const auto kind = rc::gen::map(rc::gen::inRange<std::size_t>(0, kinds),
                                 [](std::size_t number) { return Statement::Kind(number); });
  const auto where = rc::gen::weightedElement<std::size_t>({{4, 0}, {1, 1}});
  return rc::gen::construct<Statement>(kind, where);
}

inline rc::Gen<std::vector<Task>> programs(std::size_t tasks, int most_statements,
                                           std::size_t kinds) {
  const auto size = rc::gen::inRange(1, most_statements + 1);
  const auto task = rc::gen::mapcat(size, [kinds](int count) {
    return rc::gen::container<Task>(static_cast<std::size_t>(count), statements(kinds));
  });
  return rc::gen::container<std::vector<Task>>(tasks, task);
}

inline void drop_a_statement(std::vector<Task>& tasks) {
  std::ranges::max_element(tasks, {}, &Task::size)->pop_back();
  RC_LOG() << "without the last statement: ";
  rc::show(tasks, RC_LOG());
}

// For programs that may be too large to be explored, or tried out, in full: such a one loses its
// last statements until `fits` says that it is not.
template <class Fits>
void until_it_fits(std::vector<Task> tasks, const Fits& fits) {
  while (!fits(tasks)) drop_a_statement(tasks);
}

}  // namespace poolproof::explore::dpor
