// Every schedule of a program up to the order of independent steps, each once: optimal dynamic
// partial order reduction with wakeup trees and sleep sets (Abdulla, Aronis, Jonsson, Sagonas,
// "Source sets: a foundation for optimal dynamic partial order reduction", J. ACM 64(4), 2017,
// section 6). The program is run again from its start for each, with the choices that lead to where
// it shall differ.
//
// To that it adds
//   - locks: who waits for one races with whoever took it (Execution::reversals);
//   - time, when it may race: timers are processes, and one that was called off could have come;
//   - what else is left open within an event (whom a signal wakes, whether a fault strikes): each
//     answer is tried where the event comes first, and repeated with it elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "props/explore/dpor/budget.hpp"
#include "props/explore/dpor/frontier.hpp"
#include "props/explore/dpor/recorder.hpp"
#include "props/world/chooser.hpp"

namespace poolproof::explore::dpor {

// What is explored: a function of what is chosen.
class Program {
 public:
  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  virtual ~Program() = default;

  // Runs it once, to its end or until the scheduler is told to stop.
  virtual void run(world::Chooser& chooser, world::StepObserver& steps) = 0;
  // The one beneath it.
  virtual world::Scheduler& scheduler() = 0;
  // Where the machine lies: see Names.
  virtual std::span<const std::byte> lasting() = 0;
};

// In which order tasks are tried where any may go on: both orders explore the same classes.
enum class TaskOrder : std::uint8_t { first_come, last_come };

// Where an exploration stands: enough to go on from there.
struct Progress {
  std::uint64_t executions = 0;  // runs to their end
  std::uint64_t redundant = 0;   // runs that were cut short: all that could go on was explored
  bool approximate = false;      // a few classes may be missing: see Recorder::is_approximate
};

class Dpor final : private world::Chooser, private Recorder {
 public:
  Dpor(Program& program, const Budget& budget, TaskOrder order);

  // Of each run to its end; false ends the exploration.
  using Visit = std::function<bool(const Execution& execution)>;

  // Explores all that is left at the last state of a part, and all that follows it. False if it
  // ended before.
  bool explore(Part part, const Visit& visit);
  bool explore(const Visit& visit) { return explore({}, visit); }
  // What is left of that part. Once only.
  Remainder remainder();

  // Of all parts.
  [[nodiscard]] const Progress& progress() const { return progress_; }
  // If the program did other things when it was run again, in the same way: the event from which on
  // it did.
  [[nodiscard]] std::optional<EventIndex> diverged() const { return diverged_; }

 private:
  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;
  bool happens(world::Stream stream, world::Rarity kind) override;
  void begins(ProcessId process) override;

  Node& node_to_come();
  void prepare();
  std::uint32_t choose_timer(std::uint32_t count);
  std::uint32_t answer(std::uint32_t count);
  void cut_short();
  [[nodiscard]] std::optional<EventIndex> first_that_did_something_else() const;
  void learn();
  void plan_reversals();
  bool backtrack();

  Program& program_;
  Budget budget_;
  const TaskOrder order_;
  std::size_t part_ = 0;   // its number
  std::size_t fixed_ = 0;  // so many states come before those that are advanced
  std::vector<Node> path_;
  std::size_t known_ = 0;     // so many of its events are as in the run before
  std::uint16_t asked_ = 0;   // questions of the event that goes on
  ProcessId wanted_timer_{};  // of those that are due at once
  bool wants_timer_ = false;
  bool cut_ = false;
  std::optional<EventIndex> diverged_;
  Progress progress_;
  std::vector<Glance> glances_;  // of the reversal that is planned now
};

}  // namespace poolproof::explore::dpor
