// What is seen within a bound on preemptions is what all schedules show that have no more of them.
#include "props/explore/dpor/bounded.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "props/explore/dpor/every_schedule.hpp"
#include "props/explore/dpor/random_programs.hpp"

namespace poolproof::explore::dpor {
namespace {

// Counts how often the task that stepped last could have gone on, and another did.
class Preemptions final : public world::Chooser {
 public:
  Preemptions(world::Chooser& chooser, const world::Scheduler& scheduler)
      : chooser_(chooser), scheduler_(scheduler) {}

  [[nodiscard]] unsigned count() const { return count_; }

 private:
  std::size_t next(std::span<const world::Candidate> candidates) override {
    const std::size_t chosen = chooser_.next(candidates);
    const bool is_clock = candidates[chosen].pending.kind == world::OperationKind::clock;
    const bool could_go_on = candidates.front().task == scheduler_.current().id;
    if (chosen > 0 && !is_clock && could_go_on) ++count_;
    return chosen;
  }
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override {
    return chooser_.choose(stream, count);
  }
  bool happens(world::Stream stream, world::Rarity kind) override {
    return chooser_.happens(stream, kind);
  }

  world::Chooser& chooser_;
  const world::Scheduler& scheduler_;
  unsigned count_ = 0;
};

class Counted final : public Program {
 public:
  explicit Counted(Body& body) : body_(body) {}

  void run(world::Chooser& chooser, world::StepObserver& steps) override {
    Preemptions preemptions(chooser, scheduler());
    body_.run(preemptions, steps);
    preemptions_ = preemptions.count();
  }
  world::Scheduler& scheduler() override { return body_.scheduler(); }
  std::span<const std::byte> lasting() override { return body_.lasting(); }

  // Of the last run.
  [[nodiscard]] unsigned preemptions() const { return preemptions_; }

 private:
  Body& body_;
  unsigned preemptions_ = 0;
};

using Classes = std::set<std::uint64_t>;

// Of each number of preemptions, the classes that need no more.
std::vector<Classes> tried_by_preemptions(const std::vector<Task>& tasks, std::size_t most) {
  Body body = body_of(tasks);
  Counted counted(body);
  std::map<std::uint64_t, unsigned> fewest;
  const bool complete = EverySchedule(counted, {}).explore([&](const Execution& execution) {
    const auto [found, is_new] = fewest.try_emplace(execution.fingerprint(), counted.preemptions());
    found->second = std::min(found->second, counted.preemptions());
    return --most > 0;
  });
  std::vector<Classes> classes;
  if (!complete) return classes;
  for (const auto& [each, preemptions] : fewest) {
    if (classes.size() <= preemptions) classes.resize(preemptions + 1);
    classes[preemptions].insert(each);
  }
  for (std::size_t i = 1; i < classes.size(); ++i) {
    classes[i].insert(classes[i - 1].begin(), classes[i - 1].end());
  }
  return classes;
}

constexpr unsigned kNoBound = ~0U;

// What is seen within so many preemptions, in pieces of so many runs, each of which goes on from
// what the one before has written down.
Classes seen_within(unsigned bound, const std::vector<Task>& tasks, std::size_t piece) {
  Body body = body_of(tasks);
  tried(body, {}, 20);  // the machine's own memory has grown to what it needs
  Bounded bounded(body, {});
  Rounds rounds;
  Classes classes;
  while (rounds.preemptions <= bound && !rounds.is_done()) {
    std::size_t runs = 0;
    const bool is_over = bounded.explore(rounds, [&](const Execution& execution) {
      classes.insert(execution.fingerprint());
      return ++runs < piece;
    });
    EXPECT_FALSE(bounded.diverged());
    rounds = nlohmann::json(rounds).get<Rounds>();
    if (is_over) rounds.begin_next();
  }
  return classes;
}

constexpr std::size_t kMostSchedules = 5'000;
constexpr std::size_t kWhole = ~std::size_t{0};

RC_GTEST_PROP(ABoundOnPreemptions, LeavesOutTheClassesThatNeedMoreAndNoOthers, ()) {
  const bool two = *rc::gen::arbitrary<bool>();
  auto tasks = two ? *programs(2, 3, kAllKinds) : *programs(3, 2, kExactKinds);
  auto all = tried_by_preemptions(tasks, kMostSchedules);
  for (; all.empty(); all = tried_by_preemptions(tasks, kMostSchedules)) drop_a_statement(tasks);
  RC_LOG() << all.size() - 1 << " preemptions at most\n";
  for (unsigned bound = 0; bound < all.size(); ++bound) {
    RC_ASSERT(seen_within(bound, tasks, kWhole) == all[bound]);
    RC_ASSERT(seen_within(bound, tasks, 3) == all[bound]);
  }
  RC_ASSERT(seen_within(kNoBound, tasks, kWhole) == all.back());
}

constexpr std::size_t kMostClasses = 300;

RC_GTEST_PROP(AnExplorationWithNoBound, SeesWhatOneBySleepSetsSees, ()) {
  until_it_fits(*programs(3, 4, kExactKinds), [](const std::vector<Task>& tasks) {
    Body body = body_of(tasks);
    tried(body, {}, 20);  // the machine's own memory has grown to what it needs
    const Outcomes all = explored(body, TaskOrder::first_come, {}, kMostClasses);
    RC_ASSERT(all.trouble == "");
    if (!all.complete) return false;
    Classes classes;
    for (const auto& [each, outcome] : all.classes) classes.insert(each);
    RC_ASSERT(seen_within(kNoBound, tasks, kWhole) == classes);
    return true;
  });
}

}  // namespace
}  // namespace poolproof::explore::dpor
