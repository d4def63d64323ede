// One direction of a connection: what is on its way, in order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "props/world/time.hpp"

namespace poolproof::world {

struct InFlight {
  enum class Kind : std::uint8_t { bytes, end, reset };

  Kind kind;
  std::string bytes;
  Time when{};
};

class Flight {
 public:
  [[nodiscard]] bool empty() const { return pieces_.empty(); }

  // At `when`, or with what was sent before it if that is later. When it arrives.
  Time add(InFlight piece, Time when) {
    piece.when = pieces_.empty() ? when : std::max(when, pieces_.back().when);
    pieces_.push_back(std::move(piece));
    return pieces_.back().when;
  }

  // The first of them, if it has arrived by now.
  std::optional<InFlight> take(Time now) {
    if (pieces_.empty() || pieces_.front().when > now) return std::nullopt;
    InFlight piece = std::move(pieces_.front());
    pieces_.erase(pieces_.begin());
    return piece;
  }

 private:
  std::vector<InFlight> pieces_;  // rarely any: most bytes arrive at once
};

}  // namespace poolproof::world
