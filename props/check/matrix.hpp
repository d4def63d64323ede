// Where faults have struck: which kind, how far the conversation on its connection had come, and in
// which of the pool's calls its client was. A cell that could be and never was is what a search has
// not tried.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "props/check/ledger.hpp"
#include "props/world/faults.hpp"

namespace poolproof::check {

inline constexpr std::array<std::string_view, kPoolCalls> kPoolCallNames{
    "no call", "acquire", "query", "remark", "release", "dispose or close"};

PoolCall pool_call(Phase phase);

struct Cell {
  world::FaultKind fault;
  world::Phase phase;
  PoolCall call;
};
inline constexpr std::size_t kCells = world::kFaultKinds * world::kPhases * kPoolCalls;

constexpr std::size_t index_of(Cell cell) {
  return (static_cast<std::size_t>(cell.fault) * world::kPhases +
          static_cast<std::size_t>(cell.phase)) *
             kPoolCalls +
         static_cast<std::size_t>(cell.call);
}
constexpr Cell cell_at(std::size_t index) {
  return {static_cast<world::FaultKind>(index / kPoolCalls / world::kPhases),
          static_cast<world::Phase>(index / kPoolCalls % world::kPhases),
          static_cast<PoolCall>(index % kPoolCalls)};
}

using Matrix = std::array<std::uint64_t, kCells>;

// Whether a run of our pool, which works in its callers' threads, can show it. Another may do more:
// what it does is counted too.
bool is_possible(Cell cell);

}  // namespace poolproof::check
