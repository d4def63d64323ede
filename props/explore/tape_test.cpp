// A run is a function of its tape: what was recorded replays, and what no longer fits says so.
#include "props/explore/tape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <set>
#include <utility>

#include "props/explore/explore_fixture.hpp"
#include "props/explore/random_walk.hpp"

namespace poolproof::explore {
namespace {

using world::Candidate;
using world::Chooser;
using world::OperationKind;
using world::Stream;
using world::TaskId;

// What a run asks: of how many candidates one goes on, or of which stream a number below how many.
using Question = std::pair<Stream, std::uint32_t>;

std::vector<Candidate> candidates(std::size_t count, bool with_clock = false) {
  std::vector<Candidate> result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back({TaskId{static_cast<std::uint32_t>(i)}, {OperationKind::resume}});
  }
  if (with_clock) result.back() = {TaskId{}, {OperationKind::clock}};
  return result;
}

std::vector<std::uint32_t> answers(Chooser& chooser, const std::vector<Question>& questions) {
  std::vector<std::uint32_t> result;
  for (const auto& [stream, count] : questions) {
    result.push_back(stream == Stream::schedule
                         ? static_cast<std::uint32_t>(chooser.next(candidates(count)))
                         : chooser.choose(stream, count));
  }
  return result;
}

std::vector<Question> any_questions() {
  return *rc::gen::container<std::vector<Question>>(rc::gen::pair(
      rc::gen::element(Stream::workload, Stream::schedule, Stream::waiter, Stream::faults),
      rc::gen::inRange<std::uint32_t>(2, 9)));
}

RC_GTEST_PROP(ReplayOfARecording, IsTheRunItself, (std::uint64_t seed)) {
  const auto questions = any_questions();
  RandomWalk walk(seed);
  Tape tape;
  Recorder recorder(walk, tape);
  const auto recorded = answers(recorder, questions);

  Plainest plainest;
  Replay replay(tape, plainest);
  RC_ASSERT(answers(replay, questions) == recorded);
  RC_ASSERT(replay.fits());
}

RC_GTEST_PROP(ReplayOfARecording, RecordsTheSameTape, (std::uint64_t seed)) {
  const auto questions = any_questions();
  RandomWalk walk(seed);
  Tape first, second;
  Recorder recorder(walk, first);
  answers(recorder, questions);
  Plainest plainest;
  Replay replay(first, plainest);
  Recorder again(replay, second);
  answers(again, questions);
  RC_ASSERT(second == first);
}

// Cutting zeros at the end is the first thing that makes a token shorter.
RC_GTEST_PROP(ReplayOfARecording, IsTheSameOfATrimmedTape, ()) {
  const auto questions = any_questions();
  const Tape tape = any_tape();
  Tape trimmed = tape;
  trimmed.trim();
  RC_ASSERT(trimmed.deviations() == tape.deviations());
  RandomWalk fallback(1), same_fallback(1);
  Replay whole(tape, fallback), cut(trimmed, same_fallback);
  RC_ASSERT(answers(whole, questions) == answers(cut, questions));
  RC_ASSERT(whole.fits() == cut.fits());
}

// Chooses the highest number there is.
class Highest final : public Chooser {
 public:
  std::size_t next(std::span<const Candidate> all) override { return all.size() - 1; }
  std::uint32_t choose(Stream, std::uint32_t count) override { return count - 1; }
};

TEST(Replay, GoesOnWithZerosPastTheEndOfTheTape) {
  Tape tape;
  tape.of(Stream::waiter) = {2};
  Highest fallback;
  Replay replay(tape, fallback);
  EXPECT_EQ(replay.choose(Stream::waiter, 3), 2U);
  EXPECT_EQ(replay.choose(Stream::waiter, 3), 0U);
  EXPECT_EQ(replay.choose(Stream::faults, 2), 0U);
  EXPECT_EQ(replay.next(candidates(4)), 0U);
  EXPECT_TRUE(replay.fits());
}

TEST(Replay, ReadsEachStreamByItself) {
  Tape tape;
  tape.of(Stream::schedule) = {1, 2};
  tape.of(Stream::faults) = {1, 0, 1};
  Plainest fallback;
  Replay replay(tape, fallback);
  EXPECT_EQ(answers(replay, {{Stream::faults, 2},
                             {Stream::schedule, 3},
                             {Stream::faults, 2},
                             {Stream::faults, 2},
                             {Stream::schedule, 3}}),
            (std::vector<std::uint32_t>{1, 1, 0, 1, 2}));
}

TEST(Replay, SaysThatAChoiceDoesNotFitAndLeavesTheRestToTheOther) {
  Tape tape;
  tape.of(Stream::schedule) = {1, 3, 1};
  tape.of(Stream::waiter) = {1};
  Highest fallback;
  Replay replay(tape, fallback);
  EXPECT_EQ(replay.next(candidates(3)), 1U);
  EXPECT_TRUE(replay.fits());
  EXPECT_EQ(replay.next(candidates(3)), 2U) << "3 of three is none: the other decides";
  EXPECT_FALSE(replay.fits());
  EXPECT_EQ(replay.next(candidates(3)), 2U) << "and goes on deciding";
  EXPECT_EQ(replay.choose(Stream::waiter, 3), 2U) << "in every stream";
}

TEST(Plainest, IsTheReplayOfTheEmptyTape) {
  Highest fallback;
  const Tape empty;
  Replay replay(empty, fallback);
  Plainest plainest;
  const std::vector<Question> questions{
      {Stream::workload, 9}, {Stream::schedule, 4}, {Stream::waiter, 2}, {Stream::faults, 2}};
  EXPECT_EQ(answers(replay, questions), answers(plainest, questions));
}

TEST(Tape, CountsWhatIsNotThePlainest) {
  Tape tape;
  EXPECT_EQ(tape.deviations(), 0U);
  tape.of(Stream::schedule) = {0, 1, 0, 7};
  tape.of(Stream::faults) = {1};
  EXPECT_EQ(tape.deviations(), 3U);
  tape.clear();
  EXPECT_EQ(tape, Tape{});
}

// ---- the random walk, the strategy whose tapes these are ----

RC_GTEST_PROP(RandomWalk, IsAFunctionOfItsSeed, (std::uint64_t seed)) {
  const auto questions = any_questions();
  RandomWalk one(seed), other(seed);
  RC_ASSERT(answers(one, questions) == answers(other, questions));
}

RC_GTEST_PROP(RandomWalk, AnswersWithinTheQuestion, (std::uint64_t seed)) {
  RandomWalk walk(seed);
  const auto questions = any_questions();
  const auto given = answers(walk, questions);
  for (std::size_t i = 0; i < given.size(); ++i) RC_ASSERT(given[i] < questions[i].second);
}

TEST(RandomWalk, DiffersFromSeedToSeed) {
  const std::vector<Question> questions(40, {Stream::schedule, 4});
  int same = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomWalk one(run_seed(7, seed)), other(run_seed(7, seed + 1));
    same += answers(one, questions) == answers(other, questions);
  }
  EXPECT_LT(same, 5);
}

TEST(RandomWalk, LetsTheClockRaceInSomeRunsAndNeverInOthers) {
  int racing = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomWalk walk(run_seed(7, seed));
    bool raced = false;
    for (int i = 0; i < 500; ++i) raced |= walk.next(candidates(3, true)) == 2;
    racing += raced;
  }
  EXPECT_GT(racing, 50);
  EXPECT_LT(racing, 95);
}

TEST(RandomWalk, LetsAKindOfRareThingHappenInSomeRunsAndNeverInOthers) {
  int with_it = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomWalk walk(run_seed(7, seed));
    bool happened = false;
    for (int i = 0; i < 500; ++i) happened |= walk.happens(Stream::faults, world::Rarity{3});
    with_it += happened;
  }
  EXPECT_GT(with_it, 20);
  EXPECT_LT(with_it, 60);
}

TEST(RandomWalk, HasManyKindsOfRareThingsInSomeRunsAndFewOrNoneInOthers) {
  constexpr int kKinds = 40;
  int none = 0;
  int few = 0;
  int all = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomWalk walk(run_seed(7, seed));
    std::set<int> happened;
    for (int i = 0; i < 1000 * kKinds; ++i) {
      const int kind = i % kKinds;
      if (walk.happens(Stream::faults, static_cast<world::Rarity>(kind))) happened.insert(kind);
    }
    none += happened.empty();
    few += !happened.empty() && happened.size() < kKinds / 4;
    all += happened.size() == kKinds;
  }
  EXPECT_GT(none, 20);
  EXPECT_GT(few, 20);
  EXPECT_GT(all, 20);
}

TEST(RandomWalk, RunsEveryTaskSoonerOrLater) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomWalk walk(run_seed(7, seed));
    std::vector<int> ran(4);
    for (int i = 0; i < 1000; ++i) ++ran[walk.next(candidates(4))];
    for (const int times : ran) EXPECT_GT(times, 0);
  }
}

}  // namespace
}  // namespace poolproof::explore
