// What a process that runs the accused does: the work of a Child.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "props/check/examine.hpp"
#include "props/check/minimise.hpp"
#include "props/check/processes/child.hpp"
#include "props/check/processes/guard.hpp"
#include "props/check/processes/slate.hpp"

namespace poolproof::check {

using explore::kBatch;

// What all processes of a search share.
struct Board {
  std::atomic<std::uint64_t> batches;  // taken so far
  std::atomic<std::uint64_t> end;      // the first schedule that need not be run
  std::atomic<bool> stop;              // what has not begun need not begin

  // What the batches before say to those up to schedule `released`, which must wait for it: a
  // Guide, as text.
  std::atomic<std::uint64_t> released;
  std::atomic<std::uint32_t> guide_size;
  std::array<char, std::size_t{1} << 22> guide;

  void release(const explore::Guide& guide, std::uint64_t up_to);
  [[nodiscard]] explore::Guide present_guide() const;

  // Schedules from `number` on are not wanted any more.
  void end_at(std::uint64_t number);
};

// One process and what it works on.
struct Job {
  const Accused& accused;
  const SearchOptions& options;
  const Board& board;
  Slate& slate;
  bool cold;  // the accused does not live through a warm-up
  bool slow;  // it is known to go in circles, or to use up the memory
};

// Stands guard, and makes a runner. The process ends with a warm-up that wounds it: its parent then
// tries without.
std::unique_ptr<Runner> guarded_runner(const Job& job, const Limits& limits = kLimits);

// Takes batches until none is left. Sends for each {batch, coverage, incident or null, harvest};
// ends with the first incident.
void search_batches(const Job& job, Board& board, const Outbox& out);

// Makes the run smaller that broke a law. Sends two tellings: of the run as it was, and of the
// smallest. Sends nothing more once the accused has wounded the process.
void minimise_at_once(const Job& job, const Incident& incident, const Outbox& out);

// The same for a run that wounds or kills its process: each smaller one is tried in a process of
// its own. Sends the smallest case; nothing if the run breaks no law any more.
void minimise_by_trials(const Job& job, const Incident& incident, const Outbox& out);

// Plays one case; sends its telling. Where a choice does not fit, the plainest are taken from there
// on.
void tell_case(const Job& job, const Case& played, const Outbox& out);

// The same twice; sends one telling if the first run wounds the process.
void tell_twice(const Job& job, const Case& played, const Outbox& out);

// Plays a case that kills its process up to its last choice, and no further; sends the telling.
void tell_beginning(const Job& job, const Case& played, const Outbox& out);

}  // namespace poolproof::check
