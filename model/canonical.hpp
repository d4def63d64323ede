// The representative of all states that have the same future. Inside model/ only.
#pragma once

#include "model/pool_model.hpp"

namespace poolproof::model {

// How far time moves at once when all durations of `config` are to be met and missed; zero if
// nothing takes time.
Duration tick_of(const PoolConfig& config);

// Renames callers and connections in the order in which they stand, counts time from now, and
// forgets what can no longer matter.
class Canonical {
 public:
  // The state of a pool with that config, in which time moves by its ticks.
  explicit Canonical(const PoolConfig& config) : config_(config), tick_(tick_of(config)) {}

  State operator()(const State& state) const;

  // Callers 0 to callers-1 in the order in which they are renamed: those who have something or
  // wait for it as they stand, then the others.
  static std::vector<CallerId> order(const State& state, int callers);

 private:
  [[nodiscard]] Slot renamed(Slot slot, State& named, Time now,
                             const std::vector<CallerId>& order) const;
  [[nodiscard]] Time born_from_now(Time born, Time now) const;
  [[nodiscard]] Time since_from_now(Time since, Time now) const;

  const PoolConfig& config_;
  const Duration tick_;
};

}  // namespace poolproof::model
