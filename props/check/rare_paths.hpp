// Paths through a pool that are rare and must be taken all the same: a search that never came by
// them has not tried what they are there for. Each is told by what is seen from outside, so that it
// means the same for any pool.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "props/check/accused.hpp"
#include "props/check/ledger.hpp"
#include "props/scenario/bounds.hpp"
#include "props/world/order.hpp"

namespace poolproof::check {

enum class RarePath : std::uint8_t {
  served_after_waiting,
  gave_up_waiting,
  deadlines_tied,
  signal_after_deadline,
  failed_connect_beside_waiter,
  slot_of_failed_connect,
  dispose_beside_waiter,
  close_beside_waiter,
  dispose_beside_connect,
  close_beside_connect,
  close_beside_lease,
  closed_while_waiting,
  connects_overlap,
  dead_in_checkout,
  too_old_in_checkout,
  retired_in_checkout,
  overflow_closed,
  fault_in_release,
  killed_while_leased,
  killed_while_idle,
  called_off_waiting,
  called_off_connecting,
  cancel_hit,
  cancel_too_late,
};
inline constexpr std::size_t kRarePaths = 24;
using RarePaths = std::bitset<kRarePaths>;

// "a waiter was given a slot that a failed connect had freed".
std::string_view sentence(RarePath path);

// Whether runs within those bounds can take it at all, with what that pool offers.
bool is_possible(RarePath path, const scenario::Bounds& bounds, const Accused& accused);

// Notes which paths a run takes, up to its probe.
class PathFinder {
 public:
  void begin();
  // After the ledger has taken it in.
  void see(const Observation& observation, const Ledger& ledger, const world::Scheduler& scheduler);
  // All that the run took; `meetings` are its own.
  RarePaths taken(std::span<const world::MeetingCode> meetings) const;

 private:
  void take(RarePath path) { taken_.set(static_cast<std::size_t>(path)); }
  [[nodiscard]] bool waits(CallerId id, const Ledger& ledger,
                           const world::Scheduler& scheduler) const;
  [[nodiscard]] bool connects(CallerId id, const Ledger& ledger,
                              const world::Scheduler& scheduler) const;
  void see_return(const Observation& observation);
  void see_chore(const Observation& observation, const Ledger& ledger,
                 const world::Scheduler& scheduler);
  void see_use(const Observation& observation, const Ledger& ledger);
  void see_end(const Observation& observation, const Ledger& ledger,
               const world::Scheduler& scheduler);
  void see_call_off(const Observation& observation, const Ledger& ledger,
                    const world::Scheduler& scheduler);

  RarePaths taken_;
  bool over_ = false;
  bool freed_by_failure_ = false;  // a slot, while somebody waited, and nothing else since
  std::optional<Time> timeout_;    // the last of one who had slept
  // Callers, a bit each: who has slept in this acquire, who has begun to connect in it.
  std::bitset<scenario::kMostCallers> slept_;
  std::bitset<scenario::kMostCallers> opened_;
};

}  // namespace poolproof::check
