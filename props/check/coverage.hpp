// How much a search has seen.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "props/check/matrix.hpp"
#include "props/check/run.hpp"

namespace poolproof::check {

// The happens-before class of a run: of its scenario too.
std::uint64_t class_of(const RunResult& run);

struct Coverage {
  std::uint64_t runs = 0;  // schedules, of which some may be the same
  std::uint64_t steps = 0;
  std::uint64_t switches = 0;
  std::uint64_t connections = 0;
  std::array<std::uint64_t, kOutcomes> acquires{};  // by Outcome
  std::array<std::uint64_t, world::kFaultKinds> faults{};
  Matrix matrix{};                                           // of the same, where
  std::unordered_set<std::uint64_t> schedules;               // hashes of the distinct ones
  std::unordered_map<std::uint64_t, std::uint64_t> classes;  // runs of each, by hash
  std::unordered_set<world::MeetingCode> meetings;
  std::unordered_set<StandingCode> standings;
  std::array<std::uint64_t, kRarePaths> rare_paths{};  // runs that took each

  void count(const RunResult& run);
  void add(const Coverage& other);
};

}  // namespace poolproof::check
