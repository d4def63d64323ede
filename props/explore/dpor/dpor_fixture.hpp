// Small programs, explored and tried out in full: the two must agree.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "props/explore/dpor/dpor.hpp"
#include "props/explore/dpor/every_schedule.hpp"
#include "props/explore/dpor/message.hpp"
#include "props/world/machine.hpp"

namespace poolproof::explore::dpor {

class Silent final : public world::Observer {
  using Session = world::postgres::SessionId;

  void quiet(world::Time, world::Time) override {}
  void opened(Session) override {}
  void ended(Session, EndedBy) override {}
  void used(Session) override {}
  void queried(Session, std::string_view, const world::postgres::SessionState&) override {}
  void struck(world::FaultKind, world::Place) override {}
};

// What the body writes into `seen` is the outcome of a run.
class Body final : public Program {
 public:
  using Seen = std::vector<int>;

  explicit Body(std::function<void(Seen&)> body, world::TimeMode mode = world::TimeMode::racing)
      : body_(std::move(body)) {
    machine_.scheduler.set_time_mode(mode);
  }

  void run(world::Chooser& chooser, world::StepObserver& steps) override {
    seen.clear();
    machine_.scheduler.set_step_observer(&steps);
    ending = machine_.run(chooser, observer_, [this] { body_(seen); });
  }
  world::Scheduler& scheduler() override { return machine_.scheduler; }
  std::span<const std::byte> lasting() override { return std::as_bytes(std::span(&machine_, 1)); }

  Seen seen;
  world::Ending ending{};

 private:
  std::function<void(Seen&)> body_;
  world::Machine machine_;
  Silent observer_;
};

// A pool of nothing but a count, with one mutex and one condition variable.
inline Body bare_pool(int callers, int loans, int capacity) {
  return Body([=](Body::Seen& seen) {
    std::mutex mutex;
    std::condition_variable returned;
    int free = capacity;
    std::vector<std::thread> threads;
    threads.reserve(static_cast<std::size_t>(callers));
    for (int i = 0; i < callers; ++i) {
      threads.emplace_back([&, i] {
        for (int loan = 0; loan < loans; ++loan) {
          {
            std::unique_lock lock(mutex);
            while (free == 0) returned.wait(lock);
            --free;
            seen.push_back(i);
          }
          std::lock_guard lock(mutex);
          ++free;
          returned.notify_one();
        }
      });
    }
    for (auto& thread : threads) thread.join();
  });
}

// Of all runs of a body: each class of schedules, how often it came, and what it came to.
struct Outcomes {
  using Outcome = std::pair<int, Body::Seen>;  // how it ended, what it saw

  struct OfClass {
    int runs = 0;
    std::set<Outcome> outcomes{};
  };
  std::map<std::uint64_t, OfClass> classes{};
  bool complete = false;
  std::uint64_t cut_short = 0;
  bool approximate = false;
  std::string trouble{};  // empty: none

  void add(const Execution& execution, const Body& body) {
    OfClass& mine = classes[execution.fingerprint()];
    ++mine.runs;
    mine.outcomes.emplace(static_cast<int>(body.ending), body.seen);
  }
  [[nodiscard]] std::set<Outcome> all() const {
    std::set<Outcome> found;
    for (const auto& [key, each] : classes)
      found.insert(each.outcomes.begin(), each.outcomes.end());
    return found;
  }
};

// What the exploration itself has to say.
inline void conclude(Outcomes& found, const Dpor& dpor) {
  found.cut_short = dpor.progress().redundant;
  found.approximate = dpor.progress().approximate;
  if (dpor.diverged()) {
    found.trouble = "went another way at event " + std::to_string(*dpor.diverged());
  }
}

// All of it, or so many runs.
inline Outcomes explored(Body& body, TaskOrder order = TaskOrder::first_come,
                         const Budget& budget = {}, std::size_t most = ~std::size_t{0}) {
  Outcomes found;
  Dpor dpor(body, budget, order);
  found.complete = dpor.explore([&](const Execution& execution) {
    found.add(execution, body);
    return --most > 0;
  });
  conclude(found, dpor);
  return found;
}

// In parts of so many executions, of which several are out at once, and come back in another order;
// all of it as a message, now and then as a file.
inline Outcomes explored_in_parts(Body& body, TaskOrder order, const Budget& budget,
                                  int part_size) {
  constexpr std::size_t kAtOnce = 3;
  Outcomes found;
  Frontier frontier;
  Dpor dpor(body, budget, order);
  while (!frontier.is_done() && !dpor.diverged()) {
    std::vector<Part> taken;
    while (taken.size() < kAtOnce) {
      auto part = frontier.take();
      if (!part) break;
      taken.push_back(*std::move(part));
    }
    std::vector<Remainder> left;
    for (Part& part : taken) {
      int executions = 0;
      dpor.explore(std::move(part), [&](const Execution& execution) {
        found.add(execution, body);
        return ++executions < part_size;
      });
      left.push_back(dpor.remainder());
    }
    std::for_each(left.rbegin(), left.rend(), [&](const Remainder& each) {
      frontier.give_back(nlohmann::json(each).get<Remainder>());
    });
    frontier = nlohmann::json(frontier).get<Frontier>();
  }
  found.complete = frontier.is_done();
  conclude(found, dpor);
  return found;
}

// Every schedule, or so many.
inline Outcomes tried(Body& body, const Budget& budget = {}, std::size_t most = ~std::size_t{0}) {
  Outcomes found;
  EverySchedule every(body, budget);
  found.complete = every.explore([&](const Execution& execution) {
    found.add(execution, body);
    return --most > 0;
  });
  return found;
}

// What is wrong with an exploration of which this was to be seen; empty: nothing. It must find the
// same classes, each once.
inline std::string flaw_of(const Outcomes& explored, const Outcomes& all) {
  if (!explored.trouble.empty()) return explored.trouble;
  if (!explored.complete) return "ended too soon";
  int twice = 0;
  int unknown = 0;
  for (const auto& [key, each] : explored.classes) {
    twice += static_cast<int>(each.runs > 1);
    unknown += static_cast<int>(!all.classes.contains(key));
  }
  if (unknown > 0) return std::to_string(unknown) + " classes that no schedule is of";
  if (explored.classes.size() < all.classes.size()) {
    return "only " + std::to_string(explored.classes.size()) + " of " +
           std::to_string(all.classes.size()) + " classes";
  }
  if (explored.all() != all.all()) return "other outcomes";
  if (twice > 0) return std::to_string(twice) + " classes more than once";
  return "";
}

// Whatever order is tried first, in one piece or in parts.
inline std::string flaw_of_any(Body& body, const Outcomes& all, const Budget& budget = {}) {
  for (const auto& [key, each] : all.classes) {
    if (each.outcomes.size() != 1) return "one class, several outcomes";
  }
  for (const TaskOrder order : {TaskOrder::first_come, TaskOrder::last_come}) {
    const std::string first = order == TaskOrder::first_come ? "first come: " : "last come: ";
    if (auto flaw = flaw_of(explored(body, order, budget), all); !flaw.empty()) return first + flaw;
    for (const int size : {1, 2, 7}) {
      auto flaw = flaw_of(explored_in_parts(body, order, budget, size), all);
      if (!flaw.empty()) return first + flaw + ", in parts of " + std::to_string(size);
    }
  }
  return "";
}

}  // namespace poolproof::explore::dpor
