// Runs near one that is known: where the code has changed, the bug that it showed may have moved.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "props/explore/tape.hpp"

namespace poolproof::explore {

// Keeps a beginning of the tape, and of what the callers do in most runs all. How long it is the
// seed says. From there on, and where a choice does not fit, another Chooser decides.
class Near final : public ByRecord {
 public:
  Near(const Tape& tape, world::Chooser& walk, std::uint64_t seed);

 private:
  std::optional<std::uint32_t> read(world::Stream stream, std::size_t place,
                                    std::uint32_t count) override;

  std::array<std::size_t, world::kStreams> kept_{};  // of each stream
};

// Tells the runs near one tape from those near another: see run_seed.
std::uint64_t seed_of(const Tape& tape);

}  // namespace poolproof::explore
