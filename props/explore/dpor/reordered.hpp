// A run once more, with its events in another order of those that are in its class: what is said of
// a class by one of its runs may be seen in another.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "props/explore/dpor/walk.hpp"

namespace poolproof::explore::dpor {

// One event that comes before another.
using Precedence = std::pair<EventIndex, EventIndex>;

// The events of that run in an order of its class in which all of these hold, and which is else as
// near to the run's as can be; nothing if there is none.
std::optional<std::vector<EventIndex>> ordered(const Execution& execution,
                                               const std::vector<Precedence>& wanted);

class Reordered final : private Walk {
 public:
  Reordered(Program& program, const Budget& budget) : Walk(program, budget) {}

  // Runs the program so that the events of that run come in that order. False if it did something
  // else.
  bool run(const Execution& given, const std::vector<EventIndex>& order);
  using Walk::execution;

 private:
  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::size_t timer(std::size_t count) override;
  std::size_t choice(std::size_t count) override;
  [[nodiscard]] ProcessId wanted();

  const Execution* given_ = nullptr;
  const std::vector<EventIndex>* order_ = nullptr;
  bool differs_ = false;
};

}  // namespace poolproof::explore::dpor
