// Where something goes wrong: on which connection, and how far its conversation has come.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace poolproof::world {

enum class Phase : std::uint8_t {
  none,            // on no connection
  connecting,      // the network's part: there may be no server yet
  starting,        // connected; the client has not been let in
  idle,            // ready for a query, in no transaction
  in_transaction,  // ready for a query, in a transaction
  querying,        // at work on a query
  copying,         // in the middle of a COPY
  ending,          // one side has said goodbye
};
inline constexpr std::size_t kPhases = 8;

inline constexpr std::array<std::string_view, kPhases> kPhaseNames{
    "no connection",  "connecting", "starting", "idle",
    "in transaction", "querying",   "copying",  "ending"};

struct Place {
  std::int32_t connection = 0;  // as its client knows it; 0: none
  Phase phase = Phase::none;
};

}  // namespace poolproof::world
