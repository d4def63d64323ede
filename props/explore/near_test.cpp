// Runs near a tape begin as it does, each for as long as its seed says, and are the same each time.
#include "props/explore/near.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "props/explore/random_walk.hpp"

namespace poolproof::explore {
namespace {

using world::Stream;

// A hundred choices of a stream.
std::vector<std::uint32_t> run(const Tape& tape, Stream stream, std::uint64_t seed,
                               std::uint32_t count = 250) {
  RandomWalk walk(seed);
  Near near(tape, walk, seed);
  std::vector<std::uint32_t> choices;
  const std::vector<world::Candidate> candidates(count);
  for (int i = 0; i < 100; ++i) {
    choices.push_back(stream == Stream::schedule ? static_cast<std::uint32_t>(near.next(candidates))
                                                 : near.choose(stream, count));
  }
  return choices;
}

Tape tape_of(Stream stream) {
  Tape tape;
  for (std::uint8_t i = 1; i <= 20; ++i) tape.of(stream).push_back(200 + i);
  return tape;
}

// How many choices are those of the tape.
std::size_t kept(const Tape& tape, Stream stream, std::uint64_t seed) {
  const auto choices = run(tape, stream, seed);
  const auto& numbers = tape.of(stream);
  return static_cast<std::size_t>(
      std::mismatch(numbers.begin(), numbers.end(), choices.begin()).first - numbers.begin());
}

TEST(Near, IsTheSameEachTime) {
  const Tape tape = tape_of(Stream::schedule);
  EXPECT_EQ(run(tape, Stream::schedule, 7), run(tape, Stream::schedule, 7));
  EXPECT_EQ(seed_of(tape), seed_of(tape_of(Stream::schedule)));
  EXPECT_NE(seed_of(tape), seed_of(tape_of(Stream::waiter)));
  EXPECT_NE(seed_of(tape), seed_of({}));
}

TEST(Near, KeepsABeginningOfTheScheduleOfEachLength) {
  const Tape tape = tape_of(Stream::schedule);
  std::set<std::size_t> lengths;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    lengths.insert(kept(tape, Stream::schedule, seed));
  }
  EXPECT_EQ(lengths.size(), 21U) << "none of it, all of it, and whatever is between";
}

TEST(Near, MostlyKeepsAllThatTheCallersDo) {
  const Tape tape = tape_of(Stream::workload);
  int whole = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    whole += kept(tape, Stream::workload, seed) == 20U ? 1 : 0;
  }
  EXPECT_GT(whole, 60);
  EXPECT_LT(whole, 95);
}

TEST(Near, GoesOnAtRandomWhereAChoiceDoesNotFit) {
  const Tape tape = tape_of(Stream::workload);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const auto choice : run(tape, Stream::workload, seed, 3)) EXPECT_LT(choice, 3U);
  }
}

}  // namespace
}  // namespace poolproof::explore
