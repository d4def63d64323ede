// All strategies by turns. Which of them a schedule is run by, and with what experience, is a
// function of the search's seed, of the schedule's number and of the schedules before it, whoever
// ran those: experience lives within a batch of schedules, and what one batch learns from others is
// what the guide says, which is made of all batches up to some schedule, in order.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "props/explore/experience.hpp"
#include "props/explore/mutation.hpp"
#include "props/explore/priorities.hpp"
#include "props/explore/random_walk.hpp"
#include "props/explore/strategy.hpp"
#include "props/explore/tape.hpp"
#include "props/explore/uniform_walk.hpp"

namespace poolproof::explore {

// Schedules that one process runs one after the other: some milliseconds of work.
inline constexpr std::uint64_t kBatch = 256;

// Guides are made before these schedules: the first, and then each that is twice as far. So the
// search adapts early, and hardly ever waits for the slowest batch.
inline constexpr std::uint64_t kFirstGuided = 1024;

// Something that a run can meet, as a number: two operations in an order, a rare path.
using Feature = std::uint32_t;

struct Tally {
  std::uint64_t schedules = 0;
  std::uint64_t fresh = 0;  // of them, those that met something that no run before had, as far as
                            // their batch could know

  friend bool operator==(const Tally&, const Tally&) = default;
};
using Tallies = std::array<Tally, kStrategies>;

// What came of a batch.
struct Harvest {
  Tallies tallies{};
  std::vector<Feature> features{};  // that were not known before
  std::vector<Tape> tapes{};        // of some of the runs that met them

  friend bool operator==(const Harvest&, const Harvest&) = default;
};

// Of the strategies in their order, before anything is known of the pool. Chosen by what `poolproof
// mutants --strategy all` measured on the museum, so that the rarest of its bugs come soonest: POS
// and PCT with many changes meet those that take an order of many steps, walks those that take an
// unusual program, and mutation has nothing to begin with yet.
inline constexpr std::array<std::uint32_t, kStrategies> kFirstShares{2, 2, 2, 3, 1, 1, 2, 3, 1};

class Guide {
 public:
  // Of the next batch, in order.
  void add(Harvest harvest);
  // What was added is now behind: shares are of what has been found since the last time.
  void turn();

  // How often each strategy is chosen, in relation to the others: by how often it met something
  // new. None starves.
  [[nodiscard]] const std::array<std::uint32_t, kStrategies>& shares() const { return shares_; }
  // In order.
  [[nodiscard]] const std::vector<Feature>& known() const { return known_; }
  // The latest that met something new.
  [[nodiscard]] const std::vector<Tape>& tapes() const { return tapes_; }
  // Of the whole search.
  [[nodiscard]] const Tallies& tallies() const { return all_; }

  // For another process: what portfolios need.
  struct Parts {
    std::array<std::uint32_t, kStrategies> shares;
    std::vector<Feature> known;
    std::vector<Tape> tapes;
  };
  [[nodiscard]] Parts parts() const { return {shares_, known_, tapes_}; }
  static Guide of(Parts parts);

 private:
  std::array<std::uint32_t, kStrategies> shares_ = kFirstShares;
  std::vector<Feature> known_;
  std::vector<Tape> tapes_;
  Tallies all_{};
  Tallies recent_{};  // since the last turn
};

// The strategy of a schedule, by the seed of its run.
Strategy strategy_of(std::uint64_t run_seed, std::optional<Strategy> pinned, const Guide& guide);

class Portfolio {
 public:
  // Only `pinned`, if it is given. The guide must outlive its batches.
  explicit Portfolio(std::optional<Strategy> pinned) : pinned_(pinned) {}

  // With no experience.
  void begin_batch(const Guide& guide);
  // Who decides in the run of that seed. Valid until the next call.
  world::Chooser& begin(std::uint64_t run_seed);
  [[nodiscard]] Strategy strategy() const { return strategy_; }
  // After the run. True if it met something new: it is then worth to be kept.
  bool end(std::span<const Feature> met, const Totals& totals);
  void keep(Tape tape);
  // Of the batch so far.
  [[nodiscard]] const Harvest& harvest() const { return harvest_; }

 private:
  [[nodiscard]] const Tape* some_tape(std::uint64_t run_seed) const;

  const std::optional<Strategy> pinned_;
  const Guide* guide_ = nullptr;
  Experience experience_;
  Harvest harvest_;
  std::vector<bool> met_;  // by feature, in this batch
  Strategy strategy_{};
  std::variant<std::monostate, RandomWalk, UniformWalk, SelectiveWalk, Pos, Pct, Mutation> chooser_;
};

}  // namespace poolproof::explore
