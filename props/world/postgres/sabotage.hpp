// How an answer comes to harm on its way: it gets through up to some byte of some message, and then
// the connection ends, or says nothing more. Knows bytes only: the session does what it says.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "props/world/faults.hpp"

namespace poolproof::world::postgres {

struct Harm {
  FaultKind kind;       // broken_off, reset or silent
  std::size_t arrives;  // how many bytes of the answer still do
};

// Asks whether one of these faults strikes that answer, and where. The plainest place: everything
// but its last message, which is ReadyForQuery, has arrived.
std::optional<Harm> harm(Scheduler& scheduler, Faults& faults, Place place,
                         std::string_view answer);

}  // namespace poolproof::world::postgres
