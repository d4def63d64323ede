// What all strategies have in common: all of a run's choices but who goes on.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "props/explore/experience.hpp"
#include "props/world/chooser.hpp"
#include "props/world/random.hpp"

namespace poolproof::explore {

// How often callers do anything but the plainest, time races and the machine plays tricks is drawn
// once a run, and so is which kinds of rare things happen in it, and how often each (swarm testing:
// Groce et al., ISSTA 2012): runs that differ in kind find more than runs that are all average.
// Plain callers come back to the pool soonest.
//
// The clock is no task among others: with a priority, time would race at every point of a run or at
// none. It races at the run's own rate, whatever the strategy.
//
// While somebody who slept has been woken and has not gone on yet it races more often: then it
// matters most, for a deadline of his may pass meanwhile.
class Swarm : public world::Chooser {
 public:
  explicit Swarm(std::uint64_t seed);

  std::size_t next(std::span<const world::Candidate> candidates) final;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;
  bool happens(world::Stream stream, world::Rarity kind) override;

  // Of the run so far.
  [[nodiscard]] const Measured& measured() const { return measured_; }

 protected:
  // Which of the tasks that can run goes on: at least two, the current one first if it is one.
  virtual std::size_t pick(std::span<const world::Candidate> tasks) = 0;

  void count_interesting(world::TaskId task) { ++measured_.interesting[index_of(task)]; }

  // For pick().
  world::Random& random() { return streams_[static_cast<std::size_t>(world::Stream::schedule)]; }

 private:
  [[nodiscard]] std::uint8_t period_of(world::Rarity kind) const;
  [[nodiscard]] std::uint32_t race_period(std::span<const world::Candidate> tasks) const;

  static constexpr std::uint8_t kNotDrawn = 255;

  const std::uint64_t seed_;
  std::array<world::Random, world::kStreams> streams_;
  std::uint32_t race_period_;
  std::uint32_t late_period_;                 // the same while somebody has just woken
  std::array<bool, kTasksKnown> sleepers_{};  // who, as far as it was asked for, went to sleep last
  std::array<std::uint32_t, world::kStreams> periods_;  // of a choice that is not as usual
  std::uint32_t kinds_;  // one kind of rare thing in so many is among those of this run; 0: none
  std::array<std::uint8_t, world::kRarities> rarities_;  // how often each; drawn when first asked
  Measured measured_;
};

// The seed of run `index` of a search.
std::uint64_t run_seed(std::uint64_t seed, std::uint64_t index);

// A number of that run for the use of whoever chooses its strategy.
std::uint64_t strategy_seed(std::uint64_t run_seed);

}  // namespace poolproof::explore
