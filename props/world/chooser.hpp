// Who decides. Everything that a run leaves open (which task goes on, which waiter a signal wakes,
// whether a fault strikes, what the callers do) is asked of one Chooser, as a small number. A run
// is therefore a function of the numbers it was given, and 0 always means the plainest answer: stay
// with the current task, wake the longest waiter, no fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "props/world/operation.hpp"

namespace poolproof::world {

enum class TaskId : std::uint32_t {};

// The streams are recorded apart, so that shrinking one does not shift the others.
enum class Stream : std::uint8_t {
  workload,  // what the callers do
  schedule,  // who goes on
  waiter,    // whom a signal wakes
  faults,    // whether a fault strikes
  machine,   // spurious wake-ups, late time-outs, steps of the wall clock, random numbers
  program,   // whether what a caller could do is part of the run at all: 1 for each thing that is
  pool,      // the pool's class and upkeep, and who tends it
};
inline constexpr std::size_t kStreams = 7;

// Tells the kinds of rare things apart: a small number.
enum class Rarity : std::uint8_t {};
inline constexpr std::size_t kRarities = 128;

// One way for a run to go on: a task with the operation it is about to do, or the clock, which
// lets the earliest timer fire although tasks could still run (racing time).
struct Candidate {
  TaskId task;
  Operation pending;
};

class Chooser {
 public:
  Chooser() = default;
  Chooser(const Chooser&) = delete;
  Chooser& operator=(const Chooser&) = delete;
  virtual ~Chooser() = default;

  // Which of at least two candidates goes on. The current task comes first if it can run, the
  // clock, if it is one, last. Belongs to Stream::schedule.
  virtual std::size_t next(std::span<const Candidate> candidates) = 0;

  // A number below `count`, which is at least 2 and at most 256.
  virtual std::uint32_t choose(Stream stream, std::uint32_t count) = 0;

  // Whether something rare happens. Of each kind of it, one run may have much and another nothing.
  virtual bool happens(Stream stream, Rarity) { return choose(stream, 2) != 0; }
};

}  // namespace poolproof::world
